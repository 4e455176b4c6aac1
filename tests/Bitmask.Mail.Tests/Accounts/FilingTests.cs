namespace Bitmask.Mail.Tests;

public class FilingTests
{
    private static readonly SecurityFacts Facts = new()
    {
        Wrapper = "mx",
        Signer = "0123456789ABCDEF0123456789ABCDEF01234567",
        From = "alice@red.test",
        Auth = new ArrivalAuthentication("pass", "pass", null),
        Layers =
        [
            new SecurityLayer { Kind = SecurityLayer.Encryption, Result = SecurityLayer.Good, Alg = "AES256", KeyIds = ["0123456789ABCDEF"] },
            new SecurityLayer { Kind = SecurityLayer.Signature, Part = "1", Range = [10, 20], Result = SecurityLayer.Good, SigTime = MailHome.Start, SigPackets = ["AAAA"] },
        ],
    };

    [Fact]
    public async Task File_NewMail_IsInTheInboxWithItsFacts()
    {
        using var home = new MailHome();
        var mail = new IncomingMail(home.Account.IncomingId("wrapper"u8), MailHome.Mail(), MailHome.Start.AddHours(-1), Facts);
        Assert.Equal(FiledAnswer.Filed, await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail)));

        var entry = Assert.Single(home.View().Entries);
        Assert.Equal(["$Encrypted", "$SignedValid"], entry.Flags.Order(StringComparer.Ordinal));
        Assert.Equal(MailHome.Start.AddHours(-1), entry.InternalDate);
        var facts = home.Account.Security(entry.Id)!;
        Assert.Equal((Facts.Wrapper, Facts.Signer, Facts.From, Facts.Auth), (facts.Wrapper, facts.Signer, facts.From, facts.Auth));
        Assert.Equal(Facts.Layers[1].SigPackets, facts.Layers[1].SigPackets);
        Assert.Equal(Facts.Layers[1].Range, facts.Layers[1].Range);
    }

    [Fact]
    public async Task File_SameMailAgain_IsAlreadyThere()
    {
        using var home = new MailHome();
        var mail = new IncomingMail(home.Account.IncomingId("wrapper"u8), MailHome.Mail(), MailHome.Start, Facts);
        await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail));
        Assert.Equal(FiledAnswer.AlreadyThere, await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail)));
        Assert.Single(home.View().Entries);
    }

    [Fact]
    public async Task File_MailWhoseEntryCameAlone_AddsTheRest()
    {
        using var one = new MailHome();
        using var other = new MailHome();
        var mail = new IncomingMail(one.Account.IncomingId("wrapper"u8), MailHome.Mail("large", new string('x', 60_000)), MailHome.Start, Facts);
        await one.Store.WriteAsync(tx => one.Account.FileIncoming(tx, mail));
        await Wire.SendAsync(one, other, documents => documents.Where(document => document.Id[0] is 'M' or 'B'));
        Assert.Empty(other.View().Entries);

        Assert.Equal(FiledAnswer.Filed, await other.Store.WriteAsync(tx => other.Account.FileIncoming(tx, mail)));
        Assert.Equal(60_000, other.Account.Content(Assert.Single(other.View().Entries).Id).Length - other.Account.HeaderBlock(mail.Id).Length);
        Assert.Equal(FiledAnswer.AlreadyThere, await other.Store.WriteAsync(tx => other.Account.FileIncoming(tx, mail)));
    }

    [Fact]
    public async Task File_MailDeletedBefore_IsTombstoned()
    {
        using var home = new MailHome();
        var mail = new IncomingMail(home.Account.IncomingId("wrapper"u8), MailHome.Mail(), MailHome.Start, Facts) { Flags = ["\\Deleted"] };
        await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail));
        await home.Account.ExpungeAsync(home.Inbox.Id);
        Assert.Equal(FiledAnswer.Tombstoned, await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail)));
        Assert.Empty(home.View().Entries);
    }

    [Fact]
    public async Task File_TransactionFails_LeavesNothing()
    {
        using var home = await MailHome.StartAsync();
        var mail = new IncomingMail(home.Account.IncomingId("wrapper"u8), MailHome.Mail(), MailHome.Start, Facts);
        await Assert.ThrowsAsync<InvalidOperationException>(() => home.Store.WriteAsync<FiledAnswer>(tx =>
        {
            home.Account.FileIncoming(tx, mail);
            throw new InvalidOperationException();
        }));
        Assert.Empty(home.View().Entries);
        Assert.Empty(home.Documents("head"));
    }

    [Theory]
    [InlineData("good", "$SignedValid")]
    [InlineData("bad", "$SignedBad")]
    [InlineData("unknown-key", null)]
    public async Task File_Signature_GivesTheKeywordOfItsResult(string result, string? keyword)
    {
        using var home = new MailHome();
        var facts = new SecurityFacts { Wrapper = "none", Layers = [new SecurityLayer { Kind = SecurityLayer.Signature, Result = result }] };
        await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, new IncomingMail(home.Account.IncomingId("w"u8), MailHome.Mail(), MailHome.Start, facts)));
        var changed = await home.Account.ChangeFlagsAsync(home.Inbox.Id, [new Uid(1)], FlagChange.Replace, []);
        Assert.Equal(keyword is null ? [] : [keyword], Assert.Single(changed).Flags);
    }

    [Fact]
    public void IncomingId_SameWrapper_IsTheSameOnEveryDevice()
    {
        using var one = new MailHome();
        using var other = new MailHome();
        Assert.Equal(one.Account.IncomingId("a"u8), other.Account.IncomingId("a"u8));
        Assert.NotEqual(one.Account.IncomingId("a"u8), one.Account.IncomingId("b"u8));
    }
}
