-- ARGV: fence, end of the expired (a bound of texts), how many at most, end of the commands that are
-- forgotten, how many changes of words are kept. Gives how many texts were dropped.
if call('HGET', base .. 'meta', 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
local expired = call('ZRANGEBYLEX', base .. 'texts', '-', ARGV[2], 'LIMIT', 0, ARGV[3])
for _, place in ipairs(expired) do
    local ident = sub(place, 17)
    local rec = call('GET', item_key(ident))
    forget_words(rec, ident)
    call('SET', item_key(ident), without_words(rec))
end
for _, place in ipairs(call('ZRANGEBYLEX', base .. 'commands', '-', ARGV[4], 'LIMIT', 0, 1000)) do
    call('ZREM', base .. 'commands', place)
    call('HDEL', base .. 'command', sub(place, 9))
end
if #expired > 0 then
    call('HSET', base .. 'meta', 'residue', '1')
end
call('XTRIM', base .. 'touched', 'MAXLEN', ARGV[5])
-- A string that was appended to has room for as much again: a full one of `numbers` needs none.
local known = call('HMGET', base .. 'meta', 'items', 'packed')
local packed = tonumber(known[2] or 0)
local full = math.min(math.floor(tonumber(known[1]) / 4096), packed + 16)
for chunk = packed, full - 1 do
    local key = base .. 'numbers:' .. chunk
    local idents = call('GET', key)
    if idents then
        call('SET', key, idents)
    end
end
if full > packed then
    call('HSET', base .. 'meta', 'packed', full)
end
return #expired
