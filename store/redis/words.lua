-- The words of items past a tail. ARGV: number of the last item read, last change seen, how many at
-- most. Gives the new change, then number and record of each, new items first.
local meta = call('HMGET', base .. 'meta', 'items', 'changes')
local items, last = tonumber(meta[1]), tonumber(meta[2])
local item, change, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local first = call('XRANGE', base .. 'touched', '-', '+', 'COUNT', 1)[1]
local before = first and tonumber(string.match(first[1], '^%d+')) - 1 or last
if item == 0 then
    change = last
end
if change > last or change < before then
    return redis.error_reply('STALE too much has changed')
end
local out = {''}
local function add(number, fresh)
    local chunk = base .. 'numbers:' .. math.floor((number - 1) / 4096)
    local at = 16 * ((number - 1) % 4096)
    local rec = call('GET', item_key(call('GETRANGE', chunk, at, at + 15)))
    out[#out + 1] = {rec, fresh}
end
while #out <= most and item < items do
    item = item + 1
    add(item, 1)
end
if #out <= most and change < last then
    local got = call('XRANGE', base .. 'touched', string.format('(%.0f-0', change), '+',
        'COUNT', most - #out + 1)
    for _, entry in ipairs(got) do
        change = change + 1
        add(unpack_bytes('>I8', entry[2][2]), 0)
    end
end
out[1] = string.format('%.0f', change)
return out
