-- Become the writer. ARGV: the fence that we know ('' : there is no store yet), epoch and hash key
-- for a new store, the version of the layout, our connection, our own number, the token by which we
-- lead ('' : by none), and '1' when we were the writer all the while: then the number must be ours,
-- for a server that knows nothing of our claim may have given our fence to another writer. Gives
-- fence, epoch, hash key, batch committed last, residue, head, the server that the store was on, and
-- the number of its last item, the epoch and event up to which machines have shown it (beat.lua).
local meta = base .. 'meta'
local known = call('HMGET', meta, 'version', 'fence', 'owner')
if known[3] ~= ARGV[6] and (ARGV[8] == '1' or (known[2] or '') ~= ARGV[1]) then
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
call('HINCRBY', meta, 'fence', 1)
call('HSET', meta, 'writer', ARGV[5], 'owner', ARGV[6])
if leader then
    call('HSET', meta, 'led', leader)
end
if ARGV[7] == '' then
    call('HSET', meta, 'alone', '1') -- no lease that runs out tells that it is gone
else
    call('HDEL', meta, 'alone')
end
return call('HMGET', meta, 'fence', 'epoch', 'key', 'batch', 'residue', 'head',
    'replid', 'items', 'shown')
