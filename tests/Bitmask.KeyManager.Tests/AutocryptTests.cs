using System.Text.Json;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.Keys.Tests;

public class AutocryptTests
{
    private const string File = "provider/autocrypt.json";

    [Fact]
    public void Select_HeadersOfTheVectors_ValidOnesOnly()
    {
        using var file = Vectors.Read(File);
        var rows = file.RootElement.GetProperty("headers").EnumerateArray().ToList();
        foreach (var row in rows)
        {
            var values = row.GetProperty("autocrypt_headers").EnumerateArray().Select(header => Value(header.GetString()!, AutocryptHeader.FieldName));

            var header = AutocryptHeader.Select(KeyAddress.Parse(row.GetProperty("from_header").GetString()!)!, values);

            Assert.True(row.GetProperty("valid").GetBoolean() == header is not null, row.GetProperty("name").GetString());
            Assert.Equal(row.GetProperty("key_fingerprint").GetString(), header?.Certificate.Fingerprint.Value);
            Assert.Equal(row.GetProperty("prefer_encrypt").GetString() == "mutual", header?.PrefersEncryption ?? false);
        }

        Vectors.Report(File, rows.Count);
    }

    [Fact]
    public void Select_TwoValidHeaders_None()
    {
        using var file = Vectors.Read(File);
        var value = Value(file.RootElement.GetProperty("headers")[0].GetProperty("autocrypt_headers")[0].GetString()!, AutocryptHeader.FieldName);

        Assert.Null(AutocryptHeader.Select(EmailAddress.Parse("alice@example.org"), [value, value]));
    }

    [Fact]
    public void Parse_KeysAndGossipOfTheVectors_ReadAndWrittenTheSame()
    {
        using var file = Vectors.Read(File);
        var ran = 0;
        foreach (var header in file.RootElement.GetProperty("gossip").GetProperty("headers").EnumerateArray())
        {
            var read = AutocryptHeader.Parse(Value(header.GetString()!, AutocryptHeader.GossipFieldName))!;

            Assert.True(read.Certificate.HasAddress(read.Address));
            ran++;
        }

        foreach (var (name, key) in file.RootElement.GetProperty("keys").EnumerateObject().Select(key => (key.Name, key.Value)))
        {
            var certificate = OpenPgpCertificate.Parse(key.GetProperty("public_armored").GetString()!);
            var address = EmailAddress.Parse(name + "@example.org");
            var read = AutocryptHeader.Parse(AutocryptHeader.Format(address, certificate, certificate.Created.AddDays(1), prefersEncryption: true)!)!;

            Assert.Equal(key.GetProperty("fingerprint").GetString(), certificate.Fingerprint.Value);
            // The same packets; their headers may be written in the newer form.
            var keydata = OpenPgpCertificate.Parse(Convert.FromBase64String(key.GetProperty("keydata_base64").GetString()!));
            Assert.Equal(keydata.Minimal(address).ToBinary(), read.Certificate.ToBinary());
            Assert.InRange(read.Certificate.ToBinary().Length - Convert.FromBase64String(key.GetProperty("keydata_base64").GetString()!).Length, -5, 5);
            Assert.Equal((address, true), (read.Address, read.PrefersEncryption));
            ran++;
        }

        Vectors.Report(File, ran);
    }

    [Fact]
    public void After_PeerUpdatesOfTheVectors_SameStates()
    {
        using var file = Vectors.Read(File);
        var peer = new AutocryptPeer();
        var rows = file.RootElement.GetProperty("peer_updates").EnumerateArray().ToList();
        foreach (var row in rows)
        {
            var header = row.GetProperty("header");
            Fingerprint? key = header.ValueKind == JsonValueKind.Null ? null : Fingerprint.Parse(header.GetProperty("key").GetString()!);

            peer = peer.After(Time(row.GetProperty("effective_date")), key, key is not null && header.GetProperty("prefer_encrypt").GetString() == "mutual");

            var after = row.GetProperty("state_after");
            Assert.Equal(
                (Time(after.GetProperty("last_seen")), Time(after.GetProperty("autocrypt_timestamp")), after.GetProperty("public_key").GetString(), after.GetProperty("prefer_encrypt").GetString() == "mutual"),
                (peer.LastSeen!.Value, peer.Timestamp!.Value, peer.PublicKey, peer.PrefersEncryption));
        }

        Vectors.Report(File, rows.Count);
    }

    [Fact]
    public void For_RecommendationsOfTheVectors_Same()
    {
        using var file = Vectors.Read(File);
        var (day, ran) = (new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), 0);
        foreach (var row in file.RootElement.GetProperty("recommendation_single").EnumerateArray())
        {
            var (hasPublic, hasGossip) = (Flag(row, "has_public_key"), Flag(row, "has_gossip_key"));
            var peer = new AutocryptPeer
            {
                Timestamp = hasPublic ? day : null,
                LastSeen = day.AddDays(row.GetProperty("days_between_autocrypt_timestamp_and_last_seen").GetInt32()),
                PublicKey = hasPublic ? new string('A', 40) : null,
                PrefersEncryption = Mutual(row, "peer_prefer_encrypt"),
                GossipKey = hasGossip ? new string('B', 40) : null,
            };

            var advice = AutocryptAdvice.For(peer, hasPublic, hasGossip, Mutual(row, "account_prefer_encrypt"), Flag(row, "reply_to_encrypted"));

            Assert.True(row.GetProperty("ui_recommendation").GetString() == Word(advice), row.ToString());
            ran++;
        }

        foreach (var row in file.RootElement.GetProperty("recommendation_aggregate").EnumerateArray())
        {
            var each = row.GetProperty("recipients").EnumerateArray().Select(word => Enum.Parse<AutocryptRecommendation>(word.GetString()!, ignoreCase: true));

            Assert.Equal(row.GetProperty("result").GetString(), Word(AutocryptAdvice.For(each)));
            ran++;
        }

        Vectors.Report(File, ran);
    }

    [Fact]
    public async Task Harvest_UnprovedMail_CandidateThatNeitherEncryptsNorVerifiesUntilConfirmed()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);

        await HarvestAsync(desk, bob, isAuthenticated: false);

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress));
        Assert.Empty(desk.Keys.Signers(Desk.BobAddress));
        var explained = desk.Keys.Explain(Desk.BobAddress);
        Assert.Equal((bob.Fingerprint.Value, "Autocrypt"), (Assert.Single(explained.Candidates).Fingerprint, explained.Candidates[0].Source));
        Assert.Equal((null, false), (explained.InUse, explained.Binds));
        Assert.Equal((AutocryptRecommendation.Encrypt, bob.Fingerprint), desk.Keys.Recommend(Desk.BobAddress, true, false) is var (advice, key) ? (advice, key!.Fingerprint) : default);

        await desk.Keys.ConfirmAsync(Desk.BobAddress, FingerprintText.ToQrText(bob.Fingerprint, Desk.BobAddress));

        Assert.Equal(bob.Fingerprint, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress)).Certificate.Fingerprint);
        Assert.Empty(desk.Keys.Explain(Desk.BobAddress).Candidates);
        Assert.Equal("Fingerprint", desk.Level(Desk.BobAddress));
    }

    [Fact]
    public async Task Harvest_ProvedMail_TakenAtTheLowestLevelAndNeverInPlaceOfAnother()
    {
        using var desk = new Desk();
        var (bob, mallory) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.BobAddress));

        await HarvestAsync(desk, bob, isAuthenticated: true);
        await HarvestAsync(desk, mallory, isAuthenticated: true);

        Assert.Equal(bob.Fingerprint, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress)).Certificate.Fingerprint);
        var explained = desk.Keys.Explain(Desk.BobAddress);
        Assert.Equal((bob.Fingerprint.Value, mallory.Fingerprint.Value), (explained.InUse!.Certificate.Fingerprint.Value, Assert.Single(explained.Candidates).Fingerprint));
        Assert.Equal(ValidationLevel.WeakChain, explained.InUse.Level);
        Assert.Equal("taken", Assert.Single(explained.History).Act);
    }

    [Fact]
    public async Task Harvest_SameHeaderAgainTheSameDay_WritesNothing()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);
        await HarvestAsync(desk, bob, isAuthenticated: false);
        var generation = desk.Store.Read(reader => reader.Generation);

        desk.Clock.Advance(TimeSpan.FromHours(3));
        await HarvestAsync(desk, bob, isAuthenticated: false);

        Assert.Equal(generation, desk.Store.Read(reader => reader.Generation));
    }

    [Fact]
    public async Task Harvest_Gossip_CandidateOnlyAndDiscouraged()
    {
        using var desk = new Desk();
        var carol = EmailAddress.Parse("carol@green.test");
        var key = desk.MakeKey(carol);

        await desk.Store.WriteAsync(transaction => desk.Keys.Harvest(
            transaction, new ShownKeys(Desk.BobAddress, desk.Now, true, null, [new AutocryptHeader(carol, false, key), new AutocryptHeader(Desk.AliceAddress, false, desk.MakeKey(Desk.AliceAddress))], [])));

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(carol));
        Assert.Equal(AutocryptRecommendation.Discourage, desk.Keys.Recommend(carol, true, false).Advice);
        Assert.Empty(desk.Keys.Explain(Desk.AliceAddress).Candidates);
    }

    [Fact]
    public async Task Harvest_AttachedKeyOfAnotherAddress_Ignored()
    {
        using var desk = new Desk();

        await desk.Store.WriteAsync(transaction => desk.Keys.Harvest(
            transaction, new ShownKeys(Desk.BobAddress, desk.Now, true, null, [], [desk.MakeKey(Desk.RalfAddress)])));

        Assert.Empty(desk.Keys.List());
        Assert.Equal(0, desk.Store.Read(reader => reader.Generation));
    }

    [Fact]
    public async Task Harvest_ManyCandidates_NewestKept()
    {
        using var desk = new Desk();
        var keys = Enumerable.Range(0, 8).Select(_ => desk.MakeKey(Desk.BobAddress)).ToList();

        foreach (var key in keys)
        {
            desk.Clock.Advance(TimeSpan.FromMinutes(1));
            await HarvestAsync(desk, key, isAuthenticated: false);
        }

        Assert.Equal(keys.TakeLast(4).Select(key => key.Fingerprint.Value), desk.Keys.Explain(Desk.BobAddress).Candidates.Select(key => key.Fingerprint));
    }

    [Fact]
    public void Merge_AnyTwoStates_SameFromBothSides()
    {
        var chance = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var (one, other) = (State(chance), State(chance));

            Assert.Equal(one.Merge(other), other.Merge(one));
            Assert.Equal(one.Merge(other), one.Merge(other).Merge(other));
        }
    }

    private static AutocryptPeer State(Random chance)
    {
        var peer = new AutocryptPeer();
        for (var i = 0; i < 4; i++)
        {
            var date = DateTimeOffset.UnixEpoch.AddDays(chance.Next(5));
            var key = new Fingerprint(new string((char)('A' + chance.Next(3)), 40));
            peer = chance.Next(3) == 0 ? peer.AfterGossip(date, key) : peer.After(date, chance.Next(2) == 0 ? key : null, chance.Next(2) == 0);
        }

        return peer;
    }

    private static Task HarvestAsync(Desk desk, OpenPgpCertificate key, bool isAuthenticated) => desk.Store.WriteAsync(transaction => desk.Keys.Harvest(
        transaction, new ShownKeys(Desk.BobAddress, desk.Now, isAuthenticated, new AutocryptHeader(Desk.BobAddress, true, key), [], [])));

    private static string Value(string header, string name) => header[(name.Length + 1)..].TrimStart();

    private static DateTimeOffset Time(JsonElement seconds) => DateTimeOffset.FromUnixTimeSeconds(seconds.GetInt64());

    private static bool Flag(JsonElement row, string name) => row.GetProperty(name).GetBoolean();

    private static bool Mutual(JsonElement row, string name) => row.GetProperty(name).GetString() == "mutual";

    private static string Word(AutocryptRecommendation advice) => advice.ToString().ToLowerInvariant();
}
