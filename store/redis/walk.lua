-- Rows along an ordered set. ARGV: kind of row, set, bound to begin with, bound to end with, how
-- many rows, '1' for falling order. Gives for each its member and what belongs to it.
local function item(member) return {member, call('GET', item_key(sub(member, -16)))} end
local rows = {
    item = item,
    -- without link and words
    member = function(member)
        local key = item_key(sub(member, -16))
        local head = call('GETRANGE', key, 0, HEAD - 1)
        local tail = unpack_bytes('<I4', head, 47)
        return {member, sub(head, 1, 50) .. string.rep('\0', 12) ..
            call('GETRANGE', key, HEAD, HEAD + tail - 1)}
    end,
    page = function(member)
        local row = item(member)
        row[3] = call('HGET', base .. 'page', sub(member, -16))
        return row[2] and row or nil
    end,
    mark = function(member)
        return {member, call('HGET', base .. 'mark', member), call('GET', item_key(sub(member, 1, 16)))}
    end,
    reply = function(member)
        local high, low = unpack_bytes('>I4I4', sub(member, 9, 16))
        local concern = string.format('%.0f', high * 4294967296 + low)
        return {member, call('HGET', base .. 'reply:' .. concern, sub(member, 17)), ''}
    end,
    source = function(member)
        local got = call('HMGET', base .. 'source:' .. member, 's', 'p', 'm', 'n', 't')
        return {member, got[1], got[2], got[3], got[4], got[5]}
    end,
    correction = function(member) return {member, call('HGET', base .. 'correction', member)} end,
    added = function(member) return {member, call('HGET', base .. 'added', member)} end,
    command = function(member) return {member, call('HGET', base .. 'command', sub(member, 9))} end,
    step = function(member) return {member, call('HGETALL', base .. 'step:' .. member)} end,
}
local row, set, from, to = rows[ARGV[1]], base .. ARGV[2], ARGV[3], ARGV[4]
local most, falling = tonumber(ARGV[5]), ARGV[6] == '1'
local out = {}
repeat
    local want = most - #out
    local members = falling and call('ZREVRANGEBYLEX', set, from, to, 'LIMIT', 0, want) or
        call('ZRANGEBYLEX', set, from, to, 'LIMIT', 0, want)
    for _, member in ipairs(members) do
        out[#out + 1] = row(member)
        from = '(' .. member
    end
until #members < want or #out >= most
return out
