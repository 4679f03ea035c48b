-- Events that a unit receives, or of a concern. ARGV: 'unit' or 'concern', its name, the unitseq, or
-- how many of the concern's, that are passed over, how many at most.
local seqs = {}
if ARGV[1] == 'unit' then
    local got = call('XRANGE', base .. 'outbox:' .. ARGV[2], '(' .. ARGV[3] .. '-0', '+',
        'COUNT', ARGV[4])
    for at, entry in ipairs(got) do
        seqs[at] = entry[2][2]
    end
else
    seqs = call('LRANGE', base .. 'concern:' .. ARGV[2] .. ':events', ARGV[3],
        tonumber(ARGV[3]) + tonumber(ARGV[4]) - 1)
end
local out = {}
for at, seq in ipairs(seqs) do
    local got = call('XRANGE', base .. 'events', seq, seq)
    out[at] = got[1] and got[1][2][2] or ''
end
return out
