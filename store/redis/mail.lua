-- Mail for a machine. ARGV: its name, how much may wait there, the mail, and for how many ms after
-- the last of it all of it is kept. Gives 0 when so much waits already: then it is not there.
local box = base .. 'mail:' .. ARGV[1]
if call('LLEN', box) >= tonumber(ARGV[2]) then
    return 0
end
call('RPUSH', box, ARGV[3])
call('PEXPIRE', box, ARGV[4])
return 1
