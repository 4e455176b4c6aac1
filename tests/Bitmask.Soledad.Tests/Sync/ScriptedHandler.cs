namespace Bitmask.Soledad.Tests.Sync;

/// <summary>Answers requests from a list of functions and remembers what was asked.</summary>
internal sealed class ScriptedHandler(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
{
    private int _next;

    public List<string> Requests { get; } = [];

    public HttpClient Client => new(this, disposeHandler: false);

    public static Uri Soledad { get; } = new("https://soledad.test:2323");

    public static Task<string> Token(CancellationToken cancellationToken) => Task.FromResult("secret");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        await (request.Content?.LoadIntoBufferAsync(cancellationToken) ?? Task.CompletedTask);
        Requests.Add($"{request.Method} {request.RequestUri!.PathAndQuery} {request.Headers.IfMatch}{request.Headers.IfNoneMatch}".TrimEnd());
        return answers[Math.Min(_next++, answers.Length - 1)](request);
    }
}
