#include "base/err.h"

#include <stddef.h>

static const struct {
    const char *name;
    const char *text;
} table[] = {
    {"ok", "成功 ok"},
    {"no-memory", "内存不足 out of memory"},
    {"io", "读写失败 input/output error"},
    {"syntax", "格式不对 not the expected form"},
    {"limit", "超出限制 over a limit"},
    {"again", "稍后再试 try again later"},
    {"not-found", "找不到 not found"},
    {"exists", "已存在 already exists"},
    {"refused", "不允许 refused"},
    {"stale", "版本已过期 stale"},
    {"closed", "已关闭 closed"},
    {"corrupt", "数据损坏 corrupt data"},
    {"unsupported", "不支持 unsupported"},
    {"timeout", "超时 timed out"},
    {"invalid", "参数无效 invalid argument"},
    {"net", "网络失败 network failure"},
    {"key-reused", "此幂等键已用于别的请求 (the key was another request's)"},
    {"denied", "用户、密码或权限不对 credentials or rights are wrong"},
};

static size_t slot(int err)
{
    size_t i = err <= 0 ? (size_t)-err : 0;
    return i < sizeof table / sizeof *table ? i : ERR_INVALID * -1;
}

const char *err_name(int err)
{
    return table[slot(err)].name;
}

const char *err_text(int err)
{
    return table[slot(err)].text;
}
