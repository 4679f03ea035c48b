-- The schedule of a slot (ARGV), those that come first before the others: of each source its id,
-- when it was polled ('': that is not known) and when it is to be polled next.
local polled, out = base .. 'polled:' .. ARGV[1], {}
local rows = call('ZRANGE', base .. 'schedule:' .. ARGV[1], 0, -1, 'WITHSCORES')
for at = 1, #rows, 2 do
    local n = #out
    out[n + 1], out[n + 2], out[n + 3] = rows[at], call('HGET', polled, rows[at]) or '', rows[at + 1]
end
return out
