-- The append-only file holds no dropped words any more. ARGV: fence.
if call('HGET', base .. 'meta', 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
call('HSET', base .. 'meta', 'residue', '0')
return 1
