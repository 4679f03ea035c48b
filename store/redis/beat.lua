-- One machine's beat. ARGV: its token, where people reach it, the lease (ms), how many slots there
-- are, the slots that it gives up (2 bytes each), '1': it goes. It lives for another lease; it
-- leads unless another one does; and of the slots nobody living holds it takes what it lacks of
-- its share. On a server that is not as the last writer left it, for a replica took its master's
-- place, who led before has the first claim, once and for two leases: it alone may have in its
-- spool what is missing here. Gives who leads, how many live, the share, the slots that it holds,
-- when the first machine ever beat, the epoch, and the replication id of this server.
local token, lease, slots, gives = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local nodes, holders, leads = base .. 'nodes', base .. 'slots', base .. 'leader'
local meta = base .. 'meta'
local server = string.match(call('INFO', 'replication'), 'master_replid:(%w+)') or ''

for at = 1, #gives, 2 do
    local slot = unpack_bytes('>I2', gives, at)
    if call('HGET', holders, slot) == token then
        call('HDEL', holders, slot)
    end
end
call('SETNX', base .. 'began', now)
call('ZREMRANGEBYSCORE', nodes, '-inf', now)
local leader = call('GET', leads)
local own = leader and sub(leader, 1, #token + 1) == token .. ' '
if ARGV[6] == '1' then
    call('ZREM', nodes, token)
    if own then
        call('DEL', leads)
        call('HDEL', meta, 'led')
    end
    return {'', 0, 0, '', ''}
end
call('ZADD', nodes, now + lease, token)
local led, written, claimed = unpack(call('HMGET', meta, 'led', 'replid', 'claimed'))
if not leader and led and written and written ~= server and claimed ~= server then
    call('HSET', meta, 'claimed', server)
    call('SET', leads, led, 'PX', 2 * lease)
    leader = led
    own = sub(led, 1, #token + 1) == token .. ' '
end
if own or not leader then
    leader = token .. ' ' .. ARGV[2]
    call('SET', leads, leader, 'PX', lease)
end

local live, count = {}, 0
for _, node in ipairs(call('ZRANGE', nodes, 0, -1)) do
    live[node] = true
    count = count + 1
end
local held, mine, free = {}, {}, {}
local pairs_of = call('HGETALL', holders)
for at = 1, #pairs_of, 2 do
    held[tonumber(pairs_of[at])] = pairs_of[at + 1]
end
for slot = 0, slots - 1 do
    if held[slot] == token then
        mine[#mine + 1] = pack('>I2', slot)
    elseif not held[slot] or not live[held[slot]] then
        free[#free + 1] = slot
    end
end
local share = math.ceil(slots / count)
for at = 1, math.min(#free, share - #mine) do
    call('HSET', holders, free[at], token)
    mine[#mine + 1] = pack('>I2', free[at])
end
return {leader, count, share, table.concat(mine), call('GET', base .. 'began'),
    call('HGET', meta, 'epoch') or '', server}
