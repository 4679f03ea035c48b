-- Become the writer. ARGV: the fence that we know ('' : there is no store yet), epoch and hash key
-- for a new store, the version of the layout, our connection, our own number, and the token by which
-- we lead ('' : by none), and the head as we know it ('' : we know none). One below that has lost
-- what was committed, and would give its numbers to other events: it becomes another store, of a
-- new epoch, so that receivers know what is void. Gives fence, epoch, hash key, batch committed last, residue, head.
local meta = base .. 'meta'
local known = call('HMGET', meta, 'version', 'fence', 'owner')
if (known[2] or '') ~= ARGV[1] and known[3] ~= ARGV[6] then
    return redis.error_reply('FENCED another writer has the store')
end
local leader = call('GET', base .. 'leader')
if leader and (ARGV[7] == '' or sub(leader, 1, #ARGV[7] + 1) ~= ARGV[7] .. ' ') then
    return redis.error_reply('FENCED another machine leads')
end
if not known[1] then
    call('HSET', meta, 'version', ARGV[4], 'epoch', ARGV[2], 'key', ARGV[3], 'fence', '0', 'batch',
        '', 'head', '0', 'published', '0', 'rules', '0', 'items', '0', 'concerns', '0', 'open', '0',
        'overdue', '0', 'changes', '0', 'residue', '0')
elseif tonumber(known[1]) > tonumber(ARGV[4]) then
    return redis.error_reply('NEWER it was written by a newer version')
end
if ARGV[8] ~= '' and tonumber(call('HGET', meta, 'head')) < tonumber(ARGV[8]) then
    call('HSET', meta, 'epoch', ARGV[2])
end
call('HINCRBY', meta, 'fence', 1)
call('HSET', meta, 'writer', ARGV[5], 'owner', ARGV[6])
return call('HMGET', meta, 'fence', 'epoch', 'key', 'batch', 'residue', 'head')
