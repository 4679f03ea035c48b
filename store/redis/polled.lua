-- What was polled. ARGV: of each source the slot, its id, and when it was polled and is to be polled
-- next.
for at = 1, #ARGV, 3 do
    keep_due(ARGV[at], ARGV[at + 1], ARGV[at + 2])
end
return 1
