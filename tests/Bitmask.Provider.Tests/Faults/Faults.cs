namespace Bitmask.Provider.Tests.Faults;

/// <summary>How one request can go wrong between a device and the provider.</summary>
internal static class Faults
{
    /// <summary>Nothing is wrong.</summary>
    public static Task None(LineRequest request) => request.PassAsync();

    /// <summary>The request is lost with its connection.</summary>
    public static Task Lost(LineRequest request)
    {
        request.Hangup();
        return Task.CompletedTask;
    }

    /// <summary>It is done, and the answer is lost with the connection.</summary>
    public static async Task AnswerLost(LineRequest request)
    {
        await request.ForwardAsync();
        request.Hangup();
    }

    /// <summary>The provider has no time or no luck; what it says is of the kind that a front server says.</summary>
    public static Func<LineRequest, Task> Status(int status, string body = "<html>Sorry</html>")
        => request => request.AnswerAsync(new LineAnswer(status, [("Content-Type", "text/html")], System.Text.Encoding.UTF8.GetBytes(body)));

    /// <summary>It is done, but a front server answers an error.</summary>
    public static Func<LineRequest, Task> DoneButStatus(int status) => async request =>
    {
        await request.ForwardAsync();
        await Status(status)(request);
    };

    /// <summary>Only a part of it arrives.</summary>
    public static Func<LineRequest, Task> RequestCut(Func<byte[], int> octets) => async request =>
    {
        await request.ReadAsync();
        if (request.Body.Length > 0)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => request.ForwardAsync(octets(request.Body)));
        }

        request.Hangup();
    };

    /// <summary>Of the answer's body only a part comes, and then the connection breaks, as its length says; or it ends as if that were all.</summary>
    public static Func<LineRequest, Task> AnswerCut(Func<byte[], int> octets, bool isClean, bool mayCompress = true) => async request =>
    {
        var answer = await request.ForwardAsync(mayCompress: mayCompress);
        await request.AnswerAsync(answer, octets(answer.Body), withLength: !isClean);
        if (!isClean)
        {
            request.Hangup();
        }
    };

    /// <summary>It arrives twice, and the second answer comes back.</summary>
    public static async Task Twice(LineRequest request)
    {
        await request.ForwardAsync();
        await request.AnswerAsync(await request.ForwardAsync());
    }

    /// <summary>It arrives twice at the same moment.</summary>
    public static async Task TwiceAtOnce(LineRequest request)
    {
        var answers = await Task.WhenAll(request.ForwardAsync(), request.ForwardAsync());
        await request.AnswerAsync(answers[0]);
    }

    /// <summary>It is delayed so long that its sender gave up; it arrives when the test lets it.</summary>
    public static (Func<LineRequest, Task> Fault, Func<Task> ArriveAsync) Late()
    {
        LineRequest? late = null;
        return (async request =>
        {
            await request.ReadAsync();
            late = request;
            request.Hangup();
        }, () => late?.ForwardAsync() ?? Task.CompletedTask);
    }
}
