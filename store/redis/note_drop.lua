-- ARGV: fence, seq. Gives 1, or 0 when there is no such note.
if call('HGET', base .. 'meta', 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
local n = call('HDEL', base .. 'notes', ARGV[2])
if n == 1 then
    call('HSET', base .. 'meta', 'residue', '1')
end
return n
