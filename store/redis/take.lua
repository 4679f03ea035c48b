-- The leader takes what was judged elsewhere. ARGV: its token, how many at most, how often one may
-- be taken, and from where on what was taken before, by whoever led then ('' : what is new).
-- Gives where to go on so ('' : with what is new), and id, what is said of it and verdicts of each.
-- What was taken too often goes to `dead`, once, and has no verdicts from then on: the leader tells
-- of it, and until it says that this is done it is given again. `dead` says of which source it was:
-- what else is said of it may be the address and title of an item.
local key, group, most = base .. 'verdicts', 'ledger', tonumber(ARGV[3])
local list, on = {}, ''
if ARGV[4] ~= '' then
    redis.pcall('XGROUP', 'CREATE', key, group, '0', 'MKSTREAM')
    local claimed = call('XAUTOCLAIM', key, group, 'leader', '0', ARGV[4], 'COUNT', ARGV[2])
    on, list = claimed[1], claimed[2]
    if on == '0-0' then
        on = ''
    end
else
    local read = call('XREADGROUP', 'GROUP', group, 'leader', 'COUNT', ARGV[2], 'STREAMS', key, '>')
    if read then
        list = read[1][2]
    end
end
local out = {on}
for _, entry in ipairs(list) do
    local known = call('XPENDING', key, group, entry[1], entry[1], 1)
    local times = known[1] and known[1][4] or 1
    if times == most + 1 then
        local reads, said = pcall(cjson.decode, entry[2][2])
        local source = reads and type(said) == 'table' and said.source
        call('XADD', base .. 'dead', 'MAXLEN', '~', 1000, '*', 'source',
            type(source) == 'string' and source or '')
    end
    out[#out + 1] = entry[1]
    out[#out + 1] = entry[2][2]
    out[#out + 1] = times <= most and entry[2][4]
end
return out
