using System.Text;

namespace Bitmask.OpenPgp.Secret.Tests;

public class CleartextTests
{
    [Theory]
    [InlineData("")]
    [InlineData("one line")]
    [InlineData("- dashes\n-----BEGIN PGP SIGNATURE-----\nFrom the first\n\n")]
    [InlineData("ends with white   \nspace\t\n\n  \n")]
    [InlineData("Grüße\r\nwith CRLF\r\n")]
    public void SignCleartext_ThenVerify_GoodAndTheTextWithoutWhiteEnds(string text)
    {
        var message = MessageSigner.SignCleartext(text, People.Alice, People.Now);
        using var spool = new PlaintextSpool();

        var read = Assert.IsType<SignedMessage.Read>(Verify(message, spool));

        Assert.Equal(SignatureStatus.Good, read.Signatures.Single().Status);
        Assert.True(read.IsText);
        Assert.Equal(string.Join('\n', text.ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd())), Encoding.UTF8.GetString(spool.ToArray()));
    }

    [Fact]
    public void Verify_MailersChangedLineEndsAndWhiteSpace_StillGood()
    {
        var message = MessageSigner.SignCleartext("one\ntwo\n- three", People.Alice, People.Now);
        using var spool = new PlaintextSpool();

        Assert.Equal(SignatureStatus.Good, Status(message.Replace("\n", "\r\n", StringComparison.Ordinal), spool));
        Assert.Equal(SignatureStatus.Good, Status(message.Replace("one\n", "one  \t\n", StringComparison.Ordinal), spool));
        Assert.Equal(SignatureStatus.Good, Status("before\n" + message + "behind\n", spool));
        Assert.Equal("one\ntwo\n- three", Encoding.UTF8.GetString(spool.ToArray()));
        Assert.Equal(SignatureStatus.Bad, Status(message.Replace("two", "tvo", StringComparison.Ordinal), spool));
    }

    [Theory]
    [InlineData("Hash: SHA512\n\n", "Hash: SHA512\nComment: look here\n\n")]
    [InlineData("Hash: SHA512\n\n", "Hash: SHA512; you owe me 100\n\n")]
    [InlineData("Hash: SHA512\n\n", "you owe me 100\n\n")]
    [InlineData("-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----")]
    [InlineData("-----BEGIN PGP SIGNATURE-----", "- -----BEGIN PGP SIGNATURE-----")]
    [InlineData("-----END PGP SIGNATURE-----", "")]
    public void Verify_WhatCouldMislead_RefusedAndNothingHandedOut(string part, string instead)
    {
        using var spool = new PlaintextSpool();
        var message = MessageSigner.SignCleartext("text", People.Alice, People.Now);
        Assert.Contains(part, message);

        Assert.IsType<SignedMessage.Damaged>(Verify(message.Replace(part, instead, StringComparison.Ordinal), spool));
        Assert.Equal(0, spool.Length);
    }

    [Fact]
    public void Verify_LongLine_Good()
    {
        var text = string.Concat(Enumerable.Repeat("a b  ", 20_000)) + "\nend";
        using var spool = new PlaintextSpool();

        Assert.Equal(SignatureStatus.Good, Status(MessageSigner.SignCleartext(text, People.Alice, People.Now), spool));
        Assert.Equal(text.Replace("  \n", "\n", StringComparison.Ordinal), Encoding.UTF8.GetString(spool.ToArray()));
    }

    private static SignatureStatus Status(string message, PlaintextSpool spool) => Assert.IsType<SignedMessage.Read>(Verify(message, spool)).Signatures.Single().Status;

    private static SignedMessage Verify(string message, PlaintextSpool spool)
        => SignatureVerifier.VerifyMessage(new MemoryStream(Encoding.UTF8.GetBytes(message)), spool, [People.Alice.Certificate], People.Now);
}
