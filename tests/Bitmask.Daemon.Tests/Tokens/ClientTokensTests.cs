using Bitmask.Daemon.Tokens;
using Bitmask.Imap;
using Bitmask.Primitives;
using Bitmask.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests.Tokens;

public sealed class ClientTokensTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero));
    private Database _database = null!;
    private ClientTokens _tokens = null!;

    public async ValueTask InitializeAsync()
    {
        using var key = SecretBytes.Random(32);
        _database = Database.OpenEncrypted(Path.Combine(_folder.FullName, "x.db"), key);
        await _database.WriteAsync(transaction => Migrations.Apply(transaction, [ClientTokens.Schema, ClientTokens.ScramSchema]));
        _tokens = new ClientTokens(_database, _clock);
    }

    public ValueTask DisposeAsync()
    {
        _database.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Token_OfAClient_IsMadeOnceAndIsItsOwn()
    {
        var (mutt, again, phone) = (await GetAsync("mutt"), await GetAsync("mutt"), await GetAsync("phone"));

        Assert.Equal(mutt, again);
        Assert.NotEqual(mutt, phone);
        Assert.Matches("^[0-9a-f]{32}$", mutt);
        Assert.True(IsToken(mutt) && IsToken(phone));
    }

    [Fact]
    public async Task Token_WrongPartialOrEmpty_IsRefused()
    {
        Assert.False(IsToken(""));
        var token = await GetAsync("mutt");

        Assert.All((string[])["", token[..31], token + "0", token.ToUpperInvariant() + "x", "Grüße", new('0', 32)], wrong => Assert.False(IsToken(wrong)));
    }

    [Fact]
    public async Task Scram_OfAllTokens_IsUnderOneSaltThatStays()
    {
        var tokens = new[] { await GetAsync("mutt"), await GetAsync("phone") };
        await _database.WriteAsync(static transaction => transaction.Execute("UPDATE client_token SET stored_key = NULL, server_key = NULL WHERE name = 'mutt'"));
        var (salt, verifiers) = _tokens.Scram();

        Assert.Equal(16, salt.Length);
        Assert.Equal(salt, _tokens.Scram().Salt);
        Assert.Equal(tokens.Select(token => Convert.ToHexString(Verifier(token).StoredKey.Span)).Order(), verifiers.Select(verifier => Convert.ToHexString(verifier.StoredKey.Span)).Order());
        Assert.Equal(tokens.Select(token => Convert.ToHexString(Verifier(token).ServerKey.Span)).Order(), verifiers.Select(verifier => Convert.ToHexString(verifier.ServerKey.Span)).Order());

        ScramVerifier Verifier(string token)
        {
            using var secret = new SecretBytes(System.Text.Encoding.ASCII.GetBytes(token));
            return ScramVerifier.Of(secret, salt, ClientTokens.ScramIterations);
        }
    }

    [Fact]
    public async Task Invalidate_EndsWhatWasMadeUntilThen_AndNothingLater()
    {
        var old = await GetAsync("mutt");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _tokens.InvalidateAsync(_clock.GetUtcNow().ToOffset(TimeSpan.FromHours(3)), CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var fresh = await GetAsync("mutt");
        await _tokens.InvalidateAsync(_clock.GetUtcNow().AddSeconds(-1), CancellationToken.None);

        Assert.NotEqual(old, fresh);
        Assert.Equal((false, true), (IsToken(old), IsToken(fresh)));
    }

    private Task<string> GetAsync(string client) => _tokens.GetOrCreateAsync(client, CancellationToken.None);

    private bool IsToken(string text)
    {
        using var password = new SecretBytes(System.Text.Encoding.UTF8.GetBytes(text));
        return _tokens.IsMailToken(password);
    }
}
