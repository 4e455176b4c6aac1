using Bitmask.Mail;

namespace Bitmask.Imap.Tests.Session;

/// <summary>Keywords that follow from verdict facts are shown and never stored (security.md A10).</summary>
public class ReservedKeywordTests
{
    [Fact]
    public async Task VerdictKeyword_IsShown_AndNotPermanent()
    {
        using var alice = await WithSecuredMailAsync();
        var client = await ImapClient.LoggedInAsync(alice, null);

        var lines = await client.SendAsync("SELECT INBOX");

        Assert.Contains(lines, static l => l.StartsWith("* FLAGS", StringComparison.Ordinal) && l.Contains("$Encrypted", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, static l => l.Contains("PERMANENTFLAGS", StringComparison.Ordinal) && l.Contains("$Encrypted", StringComparison.Ordinal));
        Assert.Equal("* 1 FETCH (FLAGS ($Encrypted))", (await client.SendAsync("FETCH 1 FLAGS"))[0]);
        Assert.Equal("* SEARCH 1", (await client.SendAsync("SEARCH KEYWORD $encrypted"))[0]);
    }

    [Fact]
    public async Task VerdictKeyword_WrittenBackAsRead_IsNoFault()
    {
        using var alice = await WithSecuredMailAsync();
        var client = await ImapClient.LoggedInAsync(alice);

        Assert.Equal(["* 1 FETCH (FLAGS (\\Seen $Encrypted))", "OK STORE completed"], await client.SendAsync("STORE 1 FLAGS (\\Seen $Encrypted)"));
        Assert.Equal(["* 1 FETCH (FLAGS ($Encrypted))", "OK STORE completed"], await client.SendAsync("STORE 1 FLAGS ()"));
        Assert.StartsWith("NO [CANNOT]", Assert.Single(await client.SendAsync("STORE 1 -FLAGS ($Encrypted)")), StringComparison.Ordinal);
        Assert.StartsWith("NO [CANNOT]", Assert.Single(await client.SendAsync("STORE 1 FLAGS ($SignedValid)")), StringComparison.Ordinal);
    }

    private static async Task<Alice> WithSecuredMailAsync()
    {
        var alice = await Alice.WithMailAsync(0);
        var facts = new SecurityFacts { Wrapper = "mx", Layers = [new SecurityLayer { Kind = SecurityLayer.Encryption, Result = SecurityLayer.Good }] };
        var mail = new IncomingMail(alice.Account.IncomingId("wrapper"u8), SampleMails.All[0].Text, alice.Clock.GetUtcNow(), facts);
        await alice.Store.WriteAsync(tx => alice.Account.FileIncoming(tx, mail));
        return alice;
    }
}
