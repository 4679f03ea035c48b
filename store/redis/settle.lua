-- What is there is what there is to be. ARGV: the fence, which server this is (redis_observe.h), and
-- another epoch, when something is lost ('' : nothing is). Another server has a file of its own,
-- which nobody has written anew for us: it may hold words that were dropped. Gives 1 then, else 0.
local meta = base .. 'meta'
if call('HGET', meta, 'fence') ~= ARGV[1] then
    return redis.error_reply('FENCED another writer has the store')
end
if ARGV[3] ~= '' then
    call('HSET', meta, 'epoch', ARGV[3])
end
local was = call('HGET', meta, 'replid')
local other = was and was ~= '' and was ~= ARGV[2]
call('HSET', meta, 'replid', ARGV[2])
if other then
    call('HSET', meta, 'residue', '1')
end
return other and 1 or 0
