using System.Text.Json;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>
/// One device copies what another just deleted for the last time (security.md A7). The copy reaches the provider before each request by which the other one throws the
/// blob away: in the end the blob is there, for both.
/// </summary>
[Trait("Kind", "large")]
public sealed class BlobRaceTests
{
    private static readonly byte[] Content = BlobRequests.Octets(100_000);

    [Fact]
    public async Task CopyOnOne_WhileTheOtherCollects_AtEveryRequest_NothingIsLost()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
        await using var line = await FaultLine.StartAsync(provider);
        var number = 0;
        for (line.Plan(0, null); number == 0 || line.Requests >= number; number++)
        {
            using var one = new Holder(alice, keyset);
            using var other = new Holder(alice, keyset);
            var blob = await one.Blobs.PutAsync(Content);
            await one.Blobs.DrainAsync(provider.Soledad);
            await one.Documents.CreateAsync($"first-{number}", Reference(blob));
            await one.Documents.SyncAsync();
            await other.Documents.SyncAsync();

            // The last reference that the other one knows of is gone, and so long that it may throw the blob away.
            await other.Documents.DeleteAsync($"first-{number}");
            await other.Documents.SyncAsync();
            other.Clock.Advance(BlobCollector.Grace + TimeSpan.FromHours(1));
            var copy = $"copy-{number}";
            line.Plan(number, async request =>
            {
                await one.Documents.CreateAsync(copy, Reference(blob));
                await one.Documents.SyncAsync();
                await Faults.None(request);
            });
            await other.Collector(line.Client).RunAsync();
            if (line.Requests <= number)
            {
                await one.Documents.CreateAsync(copy, Reference(blob));
                await one.Documents.SyncAsync();
            }

            // Whoever looks next finds that it is wanted.
            await other.Documents.SyncAsync();
            await other.Collector(provider.Soledad).RunAsync();
            await one.Collector(provider.Soledad).RunAsync();
            Assert.Equal(200, (await alice.BlobAsync(HttpMethod.Get, blob.Name)).Status);
            Assert.Empty(one.Blobs.Events);
            Assert.Empty(other.Blobs.Events);
            using var tablet = new BlobDevice(alice);
            await tablet.Store.WantAsync(blob);
            await tablet.DrainAsync(provider.Soledad);
            await tablet.AssertHoldsAsync(blob, Content);
        }

        Assert.InRange(number, 3, 30);
    }

    private static string Reference(BlobRef blob)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteString("type", Holder.Type);
            json.WriteStartObject("part");
            blob.WriteMembers(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>A device with documents that refer to blobs.</summary>
    private sealed class Holder : IDisposable
    {
        public const string Type = "holder";

        public Holder(Person person, Keyset keyset)
        {
            Documents = new Device(person, id => new SealedCodec(keyset, person.Id, id), Clock, new BlobReferences([Type], Clock));
            Blobs = new BlobDevice(person);
        }

        public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

        public Device Documents { get; }

        public BlobDevice Blobs { get; }

        public BlobCollector Collector(HttpClient http) => new(Documents.Store, Blobs.Store, Blobs.Client(http), Clock);

        public void Dispose()
        {
            Documents.Dispose();
            Blobs.Dispose();
        }
    }
}
