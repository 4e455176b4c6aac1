using System.Security.Cryptography;
using System.Text;

namespace Bitmask.EndToEnd;

/// <summary>From one person's mail program to another's, across two domains, with programs that other people wrote.</summary>
[Collection(nameof(SmallWorld))]
public sealed class OneRealMailTests(SmallWorld world) : WorldTest(world)
{
    [Fact]
    public async Task SwaksToCurl_BodyIsByteIdenticalAndFactsSaySealedAndSigned()
    {
        Tool.Need("swaks");
        Tool.Need("curl");
        var letter = Post.Write(World.Alice.Address, World.Bob.Address, "Grüße über zwei Provider", "Hallo Bob,\r\n\r\n  Zeile mit Leerzeichen   \r\n.ein Punkt am Anfang\r\n\tund ein Tab – fertig.\r\n", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n");

        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        var arrived = await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);

        Assert.Equal(letter.Body, Post.BodyOf(arrived));
        Assert.Contains("Subject: Grüße über zwei Provider", Encoding.UTF8.GetString(arrived), StringComparison.Ordinal);
        var facts = (await World.CtlAsync(World.FirstDevice, ["--json", "mail", "msg_status", World.Bob.Address, letter.MessageId])).Succeeded().Text;
        var aliceKey = (await World.CtlAsync(World.FirstDevice, ["--json", "keys", "list", World.Alice.Address])).Succeeded().Text;
        using var verdict = System.Text.Json.JsonDocument.Parse(facts);
        Assert.Equal("encrypted", verdict.RootElement.GetProperty("encryption").GetString());
        Assert.Equal("good", verdict.RootElement.GetProperty("signature").GetString());
        Assert.Contains(verdict.RootElement.GetProperty("signer").GetString()!, aliceKey, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LargeAttachment_ArrivesByteIdentical()
    {
        Tool.Need("swaks");
        var attachment = RandomNumberGenerator.GetBytes(1024 * 1024);
        var letter = Post.WriteWithAttachment(World.Alice.Address, World.Bob.Address, "One MiB", "See the attachment.", attachment);

        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        var arrived = await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);

        Assert.Equal(letter.Body, Post.BodyOf(arrived));
    }

    [Fact]
    public async Task Mbsync_PullsThenIsIdle()
    {
        Tool.Need("mbsync");
        Tool.Need("swaks");
        var letter = Post.Write(World.Alice.Address, World.Bob.Address, "For mbsync", "one line\r\n");
        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);
        var folder = World.Scratch("mbsync");
        var settings = await MailPrograms.WriteMbsyncAsync(World.FirstDevice, World.Bob, folder, "*");

        (await Tool.RunAsync("mbsync", ["-c", settings, "-a"])).Succeeded();
        var pulled = Directory.EnumerateFiles(Path.Combine(folder, "INBOX", "new")).Concat(Directory.EnumerateFiles(Path.Combine(folder, "INBOX", "cur")))
            .Select(File.ReadAllText).Single(text => text.Contains(letter.MessageId, StringComparison.Ordinal));
        var second = (await Tool.RunAsync("mbsync", ["-c", settings, "-a", "-V"])).Succeeded();

        Assert.EndsWith("one line\n", pulled.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("error", second.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Neomutt_CopiesTheMailOutOfTheMailbox()
    {
        Tool.Need("neomutt");
        Tool.Need("script");
        var letter = Post.Write(World.Alice.Address, World.Bob.Address, "For neomutt", "read me in mutt\r\n");
        (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
        await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);
        var folder = World.Scratch("neomutt");
        var (settings, copy) = (Path.Combine(folder, "rc"), Path.Combine(folder, "copy.mbox"));
        await MailPrograms.WriteNeomuttAsync(World.FirstDevice, World.Bob, settings, "INBOX");

        var told = await Tool.RunInTerminalAsync(
            $"timeout --foreground -k 5 100 neomutt -n -F {settings} -e 'push \"<tag-pattern>~i {letter.MessageId}<enter><tag-prefix><copy-message>{copy}<enter><quit>\"'");

        Assert.True(File.Exists(copy), $"neomutt made no copy; code {told.Code}, it showed: {told.Text}");
        Assert.Contains("read me in mutt", await File.ReadAllTextAsync(copy), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FromOutsidePlain_ArrivesAndFactsSayProtectedOnArrivalOnly()
    {
        Tool.Need("swaks");
        var letter = Post.Write("carol@outside.example", World.Bob.Address, "From outside", "plain words\r\n", "X-Leap-Signature: valid; pubkey=\"AAAA\"\r\nX-Leap-Encryption: decrypted\r\n");

        (await Post.DeliverAsync(World, World.Blue, "carol@outside.example", World.Bob.Address, letter)).Succeeded();
        var arrived = await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);

        Assert.Equal(letter.Body, Post.BodyOf(arrived));
        Assert.DoesNotContain("X-Leap", Encoding.UTF8.GetString(arrived), StringComparison.OrdinalIgnoreCase);
        using var verdict = System.Text.Json.JsonDocument.Parse((await World.CtlAsync(World.FirstDevice, ["--json", "mail", "msg_status", World.Bob.Address, letter.MessageId])).Succeeded().Text);
        Assert.Equal("provider", verdict.RootElement.GetProperty("encryption").GetString());
        Assert.Equal("none", verdict.RootElement.GetProperty("signature").GetString());
    }

    [Fact]
    public async Task FromOutsideUnknownRecipient_IsRefusedInTheSession()
    {
        Tool.Need("swaks");
        var letter = Post.Write("carol@outside.example", "nobody@blue.test", "Hello?", "anyone\r\n");

        var answer = await Post.DeliverAsync(World, World.Blue, "carol@outside.example", "nobody@blue.test", letter);

        Assert.NotEqual(0, answer.Code);
    }

    [Fact]
    public async Task FromOutsideEncryptedWithGpg_ArrivesOpened()
    {
        Tool.Need("gpg");
        Tool.Need("swaks");
        var home = World.Scratch("gnupg");
        File.SetUnixFileMode(home, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var key = (await World.CtlAsync(World.FirstDevice, ["keys", "export", World.Bob.Address])).Succeeded().Text;
        (await Tool.RunAsync("gpg", ["--homedir", home, "--batch", "--import"], key)).Succeeded();
        const string Inner = "Content-Type: text/plain; charset=utf-8\r\n\r\nwritten with gpg\r\n";
        var sealed_ = (await Tool.RunAsync("gpg", ["--homedir", home, "--batch", "--trust-model", "always", "--armor", "-r", World.Bob.Address, "--encrypt"], Inner)).Succeeded().Text.ReplaceLineEndings("\r\n");
        await Tool.RunAsync("gpgconf", ["--homedir", home, "--kill", "all"]);
        var letter = Post.Write(
            "carol@outside.example",
            World.Bob.Address,
            "Encrypted elsewhere",
            $"--pgp\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n\r\n--pgp\r\nContent-Type: application/octet-stream\r\n\r\n{sealed_}\r\n--pgp--\r\n",
            "MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=pgp\r\n");

        (await Post.DeliverAsync(World, World.Blue, "carol@outside.example", World.Bob.Address, letter)).Succeeded();
        var arrived = await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);

        Assert.Equal("written with gpg\r\n", Encoding.UTF8.GetString(Post.BodyOf(arrived)));
        using var verdict = System.Text.Json.JsonDocument.Parse((await World.CtlAsync(World.FirstDevice, ["--json", "mail", "msg_status", World.Bob.Address, letter.MessageId])).Succeeded().Text);
        Assert.Equal("encrypted", verdict.RootElement.GetProperty("encryption").GetString());
        Assert.Equal("none", verdict.RootElement.GetProperty("signature").GetString());
    }
}
