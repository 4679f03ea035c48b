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
call('XTRIM', base .. 'touched', 'MAXLEN', ARGV[5])
if #expired > 0 then
    call('HSET', base .. 'meta', 'residue', '1')
end
return #expired
