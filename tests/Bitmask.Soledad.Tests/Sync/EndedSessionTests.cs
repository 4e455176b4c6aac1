using System.Net;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Tests.Sync;

/// <summary>The provider ends the session in the middle of a sync; another one is to be had (security.md B2).</summary>
public sealed class EndedSessionTests : IDisposable
{
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Sync_SessionEndsBeforeAnyOfItsRequests_GoesOnWithAnotherAndSendsNothingTwice(bool hasQueries)
    {
        var options = new SyncOptions { HasDocumentsQuery = hasQueries, BatchDocuments = 2 };
        var (other, isWhole) = (_devices.Add(), false);
        await other.WriteAsync(static tx => tx.Create("theirs", "{}"));
        using (var client = _provider.Client(other, _devices.Codec(other)))
        {
            await client.SyncAsync();
        }

        for (var ended = 1; !isWhole; ended++)
        {
            var store = _devices.Add();
            await store.WriteAsync(tx => tx.PutMany(Enumerable.Range(0, 5).Select(i => new DocumentEdit($"mine-{ended}-{i}", null, "{}"))));
            var handler = new EndingSession(_provider, ended); // not disposed: that would dispose the provider
            using var http = new HttpClient(handler, disposeHandler: false);
            using var client = new SyncClient(
                store, _devices.Codec(store), http, new Uri("https://soledad.test"), Devices.Alice, _ => Task.FromResult(handler.Token), TimeProvider.System, options);

            var report = await client.SyncAsync();

            Assert.True(report.IsComplete);
            Assert.Equal(5, report.Sent);
            Assert.NotNull(store.Read(static reader => reader.Get("theirs")));
            isWhole = handler.Refused == 0;
        }
    }

    [Fact]
    public async Task Sync_NoOtherSession_FailsAfterOneRefusal()
    {
        var store = _devices.Add();
        _provider.AlwaysAnswer = HttpStatusCode.Unauthorized;
        using var client = _provider.Client(store, _devices.Codec(store));

        var refused = await Assert.ThrowsAsync<SoledadException>(() => client.SyncAsync());

        Assert.Equal(SoledadCodes.Unauthorized, refused.Code);
        Assert.Single(_provider.Requests);
    }

    /// <summary>Refuses the first token from a request on; the next one is good.</summary>
    private sealed class EndingSession(FakeProvider provider, int refusedFrom) : DelegatingHandler(provider)
    {
        private int _requests;

        public string Token { get; private set; } = "first";

        public int Refused { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.True(SoledadAuthorization.TryParse(request.Headers.GetValues("Authorization").Single(), out _, out var used));
            if (++_requests >= refusedFrom && used == "first")
            {
                (Token, Refused) = ("second", Refused + 1);
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Unauthorized));
            }

            request.Headers.Remove("Authorization");
            request.Headers.TryAddWithoutValidation("Authorization", SoledadAuthorization.Format(Devices.Alice, "secret"));
            return base.SendAsync(request, cancellationToken);
        }
    }
}
