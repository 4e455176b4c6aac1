using System.Net;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Testing;

namespace Bitmask.Keys.Tests;

public class FindTests
{
    [Fact]
    public async Task FindAsync_DirectoryHasIt_StoredAndNotAskedAgain()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);
        desk.Publish(Desk.BobAddress, bob);

        var first = Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(EmailAddress.Parse("Bob+news@Blue.test")));
        desk.Answer(HttpStatusCode.NotFound);
        var second = Assert.IsType<KeyLookup.Found>(await desk.NewKeyManager().FindAsync(Desk.BobAddress));

        Assert.Equal((bob.Fingerprint, ValidationLevel.WeakChain, KeySource.KeyDirectory), (first.Certificate.Fingerprint, first.Level, first.Source));
        Assert.Equal((bob.Fingerprint, KeySource.Store), (second.Certificate.Fingerprint, second.Source));
        Assert.Equal("https://nicknym.red.test:6425/?address=bob%40blue.test", Assert.Single(desk.Questions).AbsoluteUri);
    }

    [Fact]
    public async Task FindAsync_OwnProvidersDomain_ProviderTrust()
    {
        using var desk = new Desk();
        desk.Publish(Desk.RalfAddress, desk.MakeKey(Desk.RalfAddress));

        Assert.Equal(ValidationLevel.ProviderTrust, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.RalfAddress)).Level);
        Assert.Equal("Provider_Trust", desk.Level(Desk.RalfAddress));
    }

    [Fact]
    public async Task FindAsync_NotFound_RememberedForFiveMinutes()
    {
        using var desk = new Desk();

        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress));
        desk.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));
        desk.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.IsType<KeyLookup.NotFound>(await desk.Keys.FindAsync(Desk.BobAddress));
        desk.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));
        Assert.Equal(2, desk.Questions.Count);
    }

    [Theory]
    [InlineData(500, true)]
    [InlineData(502, true)]
    [InlineData(503, true)]
    [InlineData(429, true)]
    [InlineData(302, false)]
    [InlineData(400, false)]
    [InlineData(204, false)]
    public async Task FindAsync_OtherStatus_FailedAndAskedAgain(int status, bool isTransient)
    {
        using var desk = new Desk();
        desk.Answer((HttpStatusCode)status, """{"error":"x"}""");

        Assert.Equal(isTransient, Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress)).IsTransient);
        desk.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));
        Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"address":"bob@blue.test"}""")]
    [InlineData("""{"address":"bob@blue.test","openpgp":null}""")]
    [InlineData("""{"address":"bob@blue.test","openpgp":"hello"}""")]
    public async Task FindAsync_AnswerWithoutKey_FailedNotAbsent(string body)
    {
        using var desk = new Desk();
        desk.Answer(HttpStatusCode.OK, body);

        Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_AnswerTooLarge_Failed()
    {
        using var desk = new Desk();
        desk.Answer(HttpStatusCode.OK, new string(' ', 1024 * 1024));

        Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_OutOfReach_FailedAndTransient()
    {
        using var desk = new Desk { Reply = () => throw new HttpRequestException("no route") };

        Assert.True(Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress)).IsTransient);
    }

    [Fact]
    public async Task FindAsync_Cancelled_Throws()
    {
        using var desk = new Desk { Reply = () => throw new OperationCanceledException() };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => desk.Keys.FindAsync(Desk.BobAddress, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task FindAsync_KeyOfAnotherAddress_Rejected()
    {
        using var desk = new Desk();
        desk.Publish(Desk.BobAddress, desk.MakeKey(EmailAddress.Parse("mallory@blue.test")));

        Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress));
        Assert.Empty(desk.Keys.List());
    }

    [Fact]
    public async Task FindAsync_AnswerForAnotherAddress_Failed()
    {
        using var desk = new Desk();
        desk.Publish(EmailAddress.Parse("mallory@blue.test"), desk.MakeKey(Desk.BobAddress));

        Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_SecretKeyServed_Failed()
    {
        using var desk = new Desk();
        using var secret = OpenPgpSecretKey.Generate(Desk.BobAddress, desk.Now);
        desk.Publish(Desk.BobAddress.Address, secret.ExportArmor());

        Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_ExpiredKeyServed_Rejected()
    {
        using var desk = new Desk();
        desk.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));
        desk.Clock.Advance(TimeSpan.FromDays(731));

        Assert.Contains("expired", Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress)).Reason);
    }

    [Fact]
    public async Task FindAsync_KnownKeyExpired_AskedAndNeverNotFound()
    {
        using var desk = new Desk();
        var old = desk.MakeKey(Desk.BobAddress);
        await desk.Keys.ImportAsync(old, Desk.BobAddress, ValidationLevel.ProviderTrust);
        desk.Clock.Advance(TimeSpan.FromDays(731));

        Assert.Equal(old.Fingerprint, Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress)).Known);
        desk.Clock.Advance(TimeSpan.FromMinutes(6));
        var next = desk.MakeKey(Desk.BobAddress);
        await desk.Keys.ImportAsync(next, Desk.BobAddress, ValidationLevel.ProviderTrust);
        Assert.Equal(next.Fingerprint, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress)).Certificate.Fingerprint);
        Assert.Equal(2, desk.Keys.Signers(Desk.BobAddress).Count);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, false)]
    public async Task FindAsync_HearsayKeyExpired_BindsOnlyWhenUsedBothWays(bool encryptUsed, bool signUsed, bool binds)
    {
        using var desk = new Desk();
        var old = desk.MakeKey(Desk.BobAddress);
        await desk.Keys.ImportAsync(old, Desk.BobAddress, ValidationLevel.WeakChain);
        await desk.Store.WriteAsync(transaction =>
        {
            if (encryptUsed)
            {
                desk.Keys.MarkEncrypted(transaction, Desk.BobAddress, old.Fingerprint);
            }

            if (signUsed)
            {
                desk.Keys.MarkSigned(transaction, Desk.BobAddress, old.Fingerprint);
            }
        });
        desk.Clock.Advance(TimeSpan.FromDays(731));

        Assert.Equal(binds, desk.Keys.Explain(Desk.BobAddress).Binds);
        Assert.IsType(binds ? typeof(KeyLookup.Rejected) : typeof(KeyLookup.NotFound), await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_KnownExpiredAndComparedByUser_DirectoryDoesNotReplaceIt()
    {
        using var desk = new Desk();
        var old = desk.MakeKey(Desk.BobAddress);
        await desk.Keys.ImportAsync(old, Desk.BobAddress);
        desk.Clock.Advance(TimeSpan.FromDays(731));
        var offered = desk.MakeKey(Desk.BobAddress);
        desk.Publish(Desk.BobAddress, offered);

        var rejected = Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress));

        Assert.Equal((old.Fingerprint, offered.Fingerprint), (rejected.Known!.Value, rejected.Offered!.Value));
        Assert.Equal("Fingerprint", desk.Level(Desk.BobAddress));
        Assert.IsType<KeyLookup.Found>(await desk.Keys.ImportAsync(offered, Desk.BobAddress));
        Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task FindAsync_KeyDocumentMissing_NeverNotFound()
    {
        using var desk = new Desk();
        await desk.Keys.ImportAsync(desk.MakeKey(Desk.BobAddress), Desk.BobAddress);
        await desk.Store.WriteAsync(transaction =>
        {
            var key = transaction.GetByType("OpenPGPKey").Single();
            transaction.Delete(key.Id, key.Rev);
        });

        Assert.Contains("not on this device", Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress)).Reason);
    }

    [Fact]
    public async Task FindAsync_KnownRevoked_NotReplacedSilently()
    {
        Assert.SkipUnless(Gpg.IsThere || Environment.GetEnvironmentVariable("CI") is not null, "gpg is not installed");
        using var desk = new Desk();
        using var gpg = new Gpg(desk.Now);
        var fingerprint = gpg.MakeKey("<bob@blue.test>", "future-default");
        await desk.Keys.ImportAsync(OpenPgpCertificate.Parse(gpg.Export(fingerprint)), Desk.BobAddress, ValidationLevel.WeakChain);
        gpg.Import(System.Text.Encoding.UTF8.GetBytes(gpg.ReadFile("openpgp-revocs.d", fingerprint + ".rev").Replace(":-----BEGIN", "-----BEGIN", StringComparison.Ordinal)));
        var revoked = OpenPgpCertificate.Parse(gpg.Export(fingerprint));

        Assert.Contains("revoked", Assert.IsType<KeyLookup.Rejected>(await desk.Keys.ImportAsync(revoked, Desk.BobAddress)).Reason);
        desk.Publish(Desk.BobAddress, desk.MakeKey(Desk.BobAddress));
        Assert.Contains("revoked", Assert.IsType<KeyLookup.Rejected>(await desk.Keys.FindAsync(Desk.BobAddress)).Reason);
        Assert.True(Assert.Single(desk.Keys.List()).Certificate.IsRevoked);
    }

    [Fact]
    public async Task FindAsync_DocumentOfNewerProgram_Failed()
    {
        using var desk = new Desk();
        await desk.Keys.ImportAsync(desk.MakeKey(Desk.BobAddress), Desk.BobAddress);
        await desk.Store.WriteAsync(transaction =>
        {
            var active = transaction.GetByType("OpenPGPKey-active").Single();
            transaction.Put(active.Id, active.Rev, active.Json!.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal));
        });

        Assert.IsType<KeyLookup.Failed>(await desk.Keys.FindAsync(Desk.BobAddress));
    }

    [Fact]
    public async Task Mark_Used_StoredOnceAndOnlyForThatKey()
    {
        using var desk = new Desk();
        var bob = desk.MakeKey(Desk.BobAddress);
        await desk.Keys.ImportAsync(bob, Desk.BobAddress);

        await desk.Store.WriteAsync(transaction =>
        {
            desk.Keys.MarkEncrypted(transaction, Desk.BobAddress, bob.Fingerprint);
            desk.Keys.MarkSigned(transaction, Desk.BobAddress, new Fingerprint(new string('A', 40)));
        });
        var generation = desk.Store.Read(reader => reader.Generation);
        await desk.Store.WriteAsync(transaction => desk.Keys.MarkEncrypted(transaction, Desk.BobAddress, bob.Fingerprint));

        var entry = Assert.Single(desk.Keys.List());
        Assert.Equal((true, false), (entry.EncryptUsed, entry.SignUsed));
        Assert.Equal(generation, desk.Store.Read(reader => reader.Generation));
    }

    [Fact]
    public async Task Put_CopiesLeftByOldClients_BestReadAndOthersCleared()
    {
        using var desk = new Desk { RandomIds = true };
        var (bob, other) = (desk.MakeKey(Desk.BobAddress), desk.MakeKey(Desk.BobAddress));
        desk.NewKeyManager();
        await desk.Keys.ImportAsync(bob, Desk.BobAddress);
        await desk.Store.WriteAsync(transaction => transaction.Create(null,
            $$"""{"address":"bob@blue.test","type":"OpenPGPKey-active","fingerprint":"{{other.Fingerprint}}","private":false,"validation":"Weak_Chain","version":1}"""));
        await desk.Store.WriteAsync(transaction => desk.Keys.MarkSigned(transaction, Desk.BobAddress, bob.Fingerprint));

        Assert.Equal(bob.Fingerprint, Assert.IsType<KeyLookup.Found>(await desk.Keys.FindAsync(Desk.BobAddress)).Certificate.Fingerprint);
        Assert.Single(desk.Store.Read(reader => reader.GetByType("OpenPGPKey-active").ToList()));
        Assert.StartsWith("D-", desk.Store.Read(reader => reader.GetByType("OpenPGPKey").Single()).Id);
    }

    [Fact]
    public async Task FindAsync_NicknymRowsOfTheVectors_ClosedAnswers()
    {
        using var file = Vectors.Read("provider/keymanager.json");
        var ran = 0;
        foreach (var row in file.RootElement.GetProperty("nicknym").EnumerateArray())
        {
            var request = row.GetProperty("request").GetString()!;
            if (!request.Contains("?address=", StringComparison.Ordinal) || !EmailAddress.TryParse(Uri.UnescapeDataString(request[(request.IndexOf('=', StringComparison.Ordinal) + 1)..]), out var address))
            {
                // This client never asks by fingerprint, nor for what is no address.
                continue;
            }

            using var desk = new Desk();
            var status = row.GetProperty("status").GetInt32();
            desk.Answer((HttpStatusCode)status, row.TryGetProperty("json", out var json) ? json.GetRawText() : row.GetProperty("body").GetString()!);

            var answer = await desk.Keys.FindAsync(address);

            Assert.IsType(status switch { 200 => typeof(KeyLookup.Found), 404 => typeof(KeyLookup.NotFound), _ => typeof(KeyLookup.Failed) }, answer);
            Assert.EndsWith(request["GET ".Length..], desk.Questions.Single().AbsoluteUri);
            ran++;
        }

        Assert.Equal(3, ran);
        Vectors.Report("provider/keymanager.json", ran);
    }
}
