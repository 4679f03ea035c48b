-- Stands before what the leader alone may do. ARGV[1]: its token.
local leader = call('GET', base .. 'leader')
if not leader or sub(leader, 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then
    return redis.error_reply('FENCED another machine leads')
end
