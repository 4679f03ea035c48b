-- What is there is what there is to be. ARGV: the fence, the replication id of this server, and
-- another epoch, when something is lost ('' : nothing is).
local meta = base .. 'meta'
if call('HGET', meta, 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
if ARGV[3] ~= '' then
    call('HSET', meta, 'epoch', ARGV[3])
end
call('HSET', meta, 'replid', ARGV[2])
return 1
