-- The leader's letters. ARGV: its token, how many are kept, a slot that the first of them is owed to
-- ('' : none), for how many ms it is so, then the letters. What is owed is not told to all.
local first = 5
if ARGV[3] ~= '' then
    -- A set: what is sent again because the answer was lost is there once.
    call('SADD', base .. 'owed:' .. ARGV[3], ARGV[5])
    call('PEXPIRE', base .. 'owed:' .. ARGV[3], ARGV[4])
    first = 6
end
for at = first, #ARGV do
    call('XADD', base .. 'letters', 'MAXLEN', '~', ARGV[2], '*', 'l', ARGV[at])
end
return 1
