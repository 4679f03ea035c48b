-- What was polled. ARGV: of each source the slot, its id, when it was polled and when it is to be
-- polled next.
for at = 1, #ARGV, 4 do
    keep_due(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
end
return 1
