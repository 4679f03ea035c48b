-- Aliases of items that are forgotten, which are not found by those: a sweep over all of them begins
-- when there have gone a quarter as many as are left since the last one, and takes many calls. ARGV:
-- fence, how many are looked at in one go. Gives whether the sweep goes on.
if call('HGET', base .. 'meta', 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
local meta = call('HMGET', base .. 'meta', 'items', 'forgotten', 'sweep', 'swept')
local items, gone = tonumber(meta[1]), tonumber(meta[2] or 0)
local cursor, swept = meta[3] or '0', meta[4] or '0'
if cursor == '0' then
    local fresh = gone - tonumber(swept)
    if fresh == 0 or fresh * 4 < items - gone then
        return 0
    end
    swept = meta[2]
end
local got = call('HSCAN', base .. 'aliases', cursor, 'COUNT', ARGV[2])
local list, left = got[2], {}
for i = 1, #list, 2 do
    if call('EXISTS', item_key(list[i + 1])) == 0 then
        left[#left + 1] = list[i]
    end
end
for i = 1, #left, 1000 do
    call('HDEL', base .. 'aliases', unpack(left, i, math.min(#left, i + 999)))
end
call('HSET', base .. 'meta', 'sweep', got[1], 'swept', swept)
return got[1] ~= '0' and 1 or 0
