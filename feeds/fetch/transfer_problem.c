/* What libcurl's codes mean to an operator. */
#include <curl/curl.h>

#include "feeds/fetch/transfer.h"

static const struct {
    CURLcode code;
    const char *problem;
} problems[] = {
    {CURLE_COULDNT_CONNECT, "连接不上 (could not connect)"},
    {CURLE_OPERATION_TIMEDOUT, "超时或太慢 (timed out, or too slow)"},
    {CURLE_PARTIAL_FILE, "内容未传完就断了 (the connection ended before the body)"},
    {CURLE_RECV_ERROR, "接收时连接断了 (the connection broke while receiving)"},
    {CURLE_GOT_NOTHING, "服务器没有应答就断开了 (the server hung up without an answer)"},
    {CURLE_SSL_CONNECT_ERROR, "TLS 握手失败 (TLS handshake failed)"},
    {CURLE_PEER_FAILED_VERIFICATION, "证书不可信 (the certificate is not trusted)"},
    {CURLE_BAD_CONTENT_ENCODING, "压缩内容损坏 (the compressed body is damaged)"},
    {CURLE_WEIRD_SERVER_REPLY, "应答不是 HTTP (the answer is not HTTP)"},
    {CURLE_UNSUPPORTED_PROTOCOL, "应答不是 HTTP (the answer is not HTTP)"}, /* HTTP/0.9 */
    {CURLE_HTTP2, "HTTP/2 应答不合规范 (the answer breaks HTTP/2)"},
    {CURLE_HTTP2_STREAM, "HTTP/2 应答不合规范 (the answer breaks HTTP/2)"},
    {CURLE_SEND_ERROR, "发送时连接断了 (the connection broke while sending)"},
    {CURLE_OUT_OF_MEMORY, "内存不足 (out of memory)"},
};

const char *transfer_problem(int code)
{
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        if ((int)problems[i].code == code)
            return problems[i].problem;
    return "传输失败 (the transfer failed)";
}
