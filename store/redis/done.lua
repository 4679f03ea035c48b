-- What was judged and is committed goes from the stream. ARGV: the leader's token, then entries.
for at = 2, #ARGV do
    call('XACK', base .. 'verdicts', 'ledger', ARGV[at])
    call('XDEL', base .. 'verdicts', ARGV[at])
end
return 1
