-- One machine's beat. ARGV: its token, where people reach it, the lease (ms), how many slots there
-- are, the slots that it gives up (2 bytes each), '1': it goes, the epoch and the event up to which
-- it has shown that ('', 0: nothing), an event that it showed before and the print of that ('': it
-- has none). It lives for another lease; it leads unless another one does; and of the slots nobody
-- living holds it takes what it lacks of its share. On a server that is not as the last writer left
-- it, for a replica took its master's place, who led before has the first claim, once and for two
-- leases: it alone may have in its spool what is missing here. Gives who leads, how many live, the share, the slots that it holds,
-- when the first machine ever beat, the epoch, which server this is (redis_observe.h), how many
-- replicas of it are online and have been heard in the last 10 s, the last event of the epoch that
-- any machine has shown, the last that there is, and the print of that which this one has shown.
local token, lease, slots, gives = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5]
local clock = call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local nodes, holders, leads = base .. 'nodes', base .. 'slots', base .. 'leader'
local meta = base .. 'meta'
local run = string.match(call('INFO', 'server'), 'run_id:(%w+)') or ''
local info = call('INFO', 'replication')
local former = string.match(info, 'master_replid2:(%w+)') or ''
local server = sub(run, 1, 20) .. '-' .. sub(former, 1, 20)
local replicas = 0
for lag in string.gmatch(info, 'slave%d+:[^\r\n]*state=online[^\r\n]*lag=(%d+)') do
    replicas = replicas + (tonumber(lag) <= 10 and 1 or 0)
end

for at = 1, #gives, 2 do
    local slot = unpack_bytes('>I2', gives, at)
    if call('HGET', holders, slot) == token then
        call('HDEL', holders, slot)
    end
end
local epoch, head, shown = unpack(call('HMGET', meta, 'epoch', 'head', 'shown'))
shown = epoch and tonumber(string.match(shown or '', '^' .. epoch:gsub('-', '%%-') .. ' (%d+)$')) or 0
local function raise(to)
    if to > shown then
        shown = to
        call('HSET', meta, 'shown', epoch .. ' ' .. string.format('%.0f', to))
    end
end
local function print_of(seq)
    local there = call('XRANGE', base .. 'events', seq .. '-0', seq .. '-0')[1]
    return there and redis.sha1hex(there[2][2]) or ''
end
local print = ''
if epoch and epoch == ARGV[7] then
    print = print_of(ARGV[8])
    raise(tonumber(ARGV[8]))
    -- Another event has the number of one that was shown: this epoch goes nowhere any more.
    if ARGV[10] ~= '' and tonumber(head) >= tonumber(ARGV[9]) and print_of(ARGV[9]) ~= ARGV[10] then
        raise(2 ^ 53 - 1)
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
    epoch or '', server, replicas, shown, tonumber(head or 0), print}
