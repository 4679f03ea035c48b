-- What was judged, on its way to the leader. ARGV: how many may wait, what is said of it, verdicts,
-- and of a source the slot ('' : none), its id, when it was polled and when it is to be polled next.
-- Gives 0 when so many wait already.
if call('XLEN', base .. 'verdicts') >= tonumber(ARGV[1]) then
    return 0
end
if ARGV[4] ~= '' then
    keep_due(ARGV[4], ARGV[5], ARGV[6], ARGV[7])
end
call('XADD', base .. 'verdicts', '*', 'm', ARGV[2], 'v', ARGV[3])
return 1
