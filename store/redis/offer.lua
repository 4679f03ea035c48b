-- What was judged, on its way to the leader. ARGV: how many may wait, what is said of it, verdicts.
-- Gives 0 when so many wait already.
if call('XLEN', base .. 'verdicts') >= tonumber(ARGV[1]) then
    return 0
end
call('XADD', base .. 'verdicts', '*', 'm', ARGV[2], 'v', ARGV[3])
return 1
