using System.Net;

namespace Bitmask.Soledad.Tests.Simulation;

/// <summary>How one request goes wrong.</summary>
internal enum LineFault
{
    /// <summary>It never arrives.</summary>
    Lost,

    /// <summary>The provider dies while it takes it in.</summary>
    HalfTaken,

    /// <summary>It is done, but nobody learns of it.</summary>
    AnswerLost,

    /// <summary>The answer breaks off.</summary>
    AnswerCut,

    /// <summary>Another device syncs just before it arrives.</summary>
    Overtaken,
}

/// <summary>The line between a device and the provider. One request of a sync goes wrong, as planned.</summary>
internal sealed class FaultyLine(Sync.FakeProvider provider) : DelegatingHandler(provider)
{
    private int _requests;

    /// <summary>Which request (from 0) goes wrong and how; null for a good line.</summary>
    public (int Request, LineFault Fault, double Place)? Plan { get; private set; }

    /// <summary>What happens in between when a request is overtaken.</summary>
    public Func<Task> Overtaking { get; set; } = static () => Task.CompletedTask;

    public void Begin((int Request, LineFault Fault, double Place)? plan)
    {
        (Plan, _requests) = (plan, 0);
        provider.DieAfterEntries = null;
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (Plan is not { } plan || _requests++ != plan.Request)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        switch (plan.Fault)
        {
            case LineFault.Lost:
                throw new HttpRequestException("The line is dead.");
            case LineFault.HalfTaken:
                provider.DieAfterEntries = (int)(plan.Place * 4);
                try
                {
                    return await base.SendAsync(request, cancellationToken);
                }
                finally
                {
                    provider.DieAfterEntries = null;
                }

            case LineFault.AnswerLost:
                (await base.SendAsync(request, cancellationToken)).Dispose();
                throw new HttpRequestException("The line died.");
            case LineFault.AnswerCut:
                using (var whole = await base.SendAsync(request, cancellationToken))
                {
                    var octets = await whole.Content.ReadAsByteArrayAsync(cancellationToken);
                    return new HttpResponseMessage(whole.StatusCode == HttpStatusCode.OK ? HttpStatusCode.OK : whole.StatusCode)
                    {
                        Content = new ByteArrayContent(octets, 0, (int)(octets.Length * plan.Place)),
                    };
                }

            default:
                await Overtaking();
                return await base.SendAsync(request, cancellationToken);
        }
    }
}
