-- The words of items past a tail. ARGV: number of the last item read, last change seen, how many at
-- most. Gives the new item, the new change, how many it got past, then the record of each of those
-- that are not forgotten and whether it is new, new items first.
local meta = call('HMGET', base .. 'meta', 'items', 'changes')
local items, last = tonumber(meta[1]), tonumber(meta[2])
local item, change, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local first = call('XRANGE', base .. 'touched', '-', '+', 'COUNT', 1)[1]
local before = first and tonumber(string.match(first[1], '^%d+')) - 1 or last
if item == 0 then
    change = last
end
if change > last or change < before or item > items then
    return redis.error_reply('STALE too much has changed')
end
local out, passed = {'', '', 0}, 0
local function ident_of(number)
    local chunk, place = math.floor((number - 1) / 4096), (number - 1) % 4096
    local ident = call('GETRANGE', base .. 'numbers:' .. chunk, 16 * place, 16 * place + 15)
    return ident ~= '' and ident or call('HGET', base .. 'few:' .. chunk, place)
end
local function add(number, fresh)
    local ident = ident_of(number)
    local rec = ident and call('GET', item_key(ident))
    passed = passed + 1
    if rec then
        out[#out + 1] = {rec, fresh}
    end
end
while passed < most and item < items do
    item = item + 1
    add(item, 1)
end
if passed < most and change < last then
    local got = call('XRANGE', base .. 'touched', string.format('(%.0f-0', change), '+',
        'COUNT', most - passed)
    for _, entry in ipairs(got) do
        change = change + 1
        add(unpack_bytes('>I8', entry[2][2]), 0)
    end
end
out[1], out[2], out[3] = string.format('%.0f', item), string.format('%.0f', change), passed
return out
