using System.Globalization;
using System.Text;

namespace Bitmask.EndToEnd;

/// <summary>Mail programs that sync both ways, each in mailboxes of its own, so that none meets the mail of another.</summary>
[Collection(nameof(SmallWorld))]
public sealed class MailProgramTests(SmallWorld world) : WorldTest(world)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    [Fact]
    public async Task Mbsync_PullsThenPushesFlagsAndDeletes_AndIsIdleAtLast()
    {
        Tool.Need("mbsync");
        Tool.Need("curl");
        await FillAsync("Box", 6);
        var folder = World.Scratch("mbsync-both-ways");
        var settings = await MailPrograms.WriteMbsyncAsync(World.FirstDevice, World.Alice, folder, "Box");

        (await Tool.RunAsync("mbsync", ["-c", settings, "-a"])).Succeeded();
        var pulled = Messages(Path.Combine(folder, "Box"));
        Assert.Equal(6, pulled.Count);
        Assert.All(pulled, file => Assert.Contains("über alles", File.ReadAllText(file), StringComparison.Ordinal));

        // The flags of a maildir are in the names: S seen, F flagged, T trashed.
        foreach (var (file, flags) in pulled.Zip(["FS", "S", "T", "T", "", ""]))
        {
            File.Move(file, Path.Combine(folder, "Box", "cur", NameOf(file) + ":2," + flags));
        }

        (await Tool.RunAsync("mbsync", ["-c", settings, "-a"])).Succeeded();
        Assert.Equal(4, (await Post.SearchAsync(World.FirstDevice, World.Alice, "ALL", "Box")).Count);
        Assert.Single(await Post.SearchAsync(World.FirstDevice, World.Alice, "FLAGGED SEEN", "Box"));
        Assert.Equal(2, (await Post.SearchAsync(World.FirstDevice, World.Alice, "SEEN", "Box")).Count);

        var before = await StateAsync("Box");
        var third = (await Tool.RunAsync("mbsync", ["-c", settings, "-a", "-V"])).Succeeded();
        Assert.DoesNotContain("error", third.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, await StateAsync("Box"));
    }

    [Fact]
    public async Task Mbsync_OfEightHundredFolders_ChangesNothingTheSecondTime()
    {
        Tool.Need("mbsync");
        using var client = new MailKit.Net.Imap.ImapClient();
        await client.ConnectAsync(World.FirstDevice.Imap.Host, World.FirstDevice.Imap.Port, MailKit.Security.SecureSocketOptions.None);
        await client.AuthenticateAsync(World.Alice.Address, World.TokenOn(World.FirstDevice, World.Alice));
        var root = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Many", isMessageFolder: true);
        for (var i = 0; i < 800; i++)
        {
            await root!.CreateAsync(i.ToString("000", CultureInfo.InvariantCulture), isMessageFolder: true);
        }

        await client.DisconnectAsync(true);
        var folder = World.Scratch("mbsync-many");
        var settings = await MailPrograms.WriteMbsyncAsync(World.FirstDevice, World.Alice, folder, "Many*");
        (await Tool.RunAsync("mbsync", ["-c", settings, "-a"])).Succeeded();
        Assert.Equal(801, Directory.EnumerateDirectories(folder, "cur", SearchOption.AllDirectories).Count());

        var before = Snapshot(folder);
        var second = (await Tool.RunAsync("mbsync", ["-c", settings, "-a"])).Succeeded();
        Assert.DoesNotContain("error", second.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(before, Snapshot(folder));
    }

    [Fact]
    public async Task Offlineimap_PullsAndPushes()
    {
        Tool.Need("offlineimap");
        Tool.Need("curl");
        await FillAsync("Off", 3);
        var folder = World.Scratch("offlineimap");
        var settings = Path.Combine(folder, "rc");
        await File.WriteAllTextAsync(settings, $"""
            [general]
            accounts = d
            ui = basic
            metadata = {folder}/meta
            [Account d]
            localrepository = dl
            remoterepository = dr
            [Repository dl]
            type = Maildir
            localfolders = {folder}/mail
            [Repository dr]
            type = IMAP
            remotehost = {World.FirstDevice.Imap.Host}
            remoteport = {World.FirstDevice.Imap.Port}
            remoteuser = {World.Alice.Address}
            remotepass = {World.Alice.Token}
            auth_mechanisms = PLAIN, LOGIN
            ssl = no
            starttls = no
            maxconnections = 1
            folderfilter = lambda name: name == 'Off'

            """);

        (await Tool.RunAsync("offlineimap", ["-c", settings, "-o"])).Succeeded();
        var box = Path.Combine(folder, "mail", "Off");
        var pulled = Messages(box);
        Assert.Equal(3, pulled.Count);

        File.Move(pulled[0], Path.Combine(box, "cur", NameOf(pulled[0]) + ":2,RS"));
        await File.WriteAllTextAsync(Path.Combine(box, "new", "1700000000.1_1.here,U=,FMD5=:2,"), "From: a@red.test\nSubject: written here\nMessage-ID: <here@red.test>\n\nnew\n");
        (await Tool.RunAsync("offlineimap", ["-c", settings, "-o"])).Succeeded();
        Assert.Single(await Post.SearchAsync(World.FirstDevice, World.Alice, "ANSWERED", "Off"));
        Assert.Single(await Post.SearchAsync(World.FirstDevice, World.Alice, "SUBJECT here", "Off"));
        Assert.Equal(4, (await Post.SearchAsync(World.FirstDevice, World.Alice, "ALL", "Off")).Count);
    }

    [Fact]
    public async Task Neomutt_FlagsAllAndCopiesSome()
    {
        Tool.Need("neomutt");
        Tool.Need("script");
        await FillAsync("Mutt", 4);
        var folder = World.Scratch("neomutt-batch");
        var settings = Path.Combine(folder, "rc");
        await MailPrograms.WriteNeomuttAsync(World.FirstDevice, World.Alice, settings, "Mutt");

        var told = await Tool.RunInTerminalAsync(
            $"timeout --foreground -k 5 100 neomutt -n -F {settings} -e 'push \"<tag-pattern>~A<enter><tag-prefix><set-flag>!<untag-pattern>~A<enter><tag-pattern>~s Mutt.[12]<enter><tag-prefix><copy-message>=Mutt2<enter><sync-mailbox><quit>\"'");

        Assert.True((await Post.SearchAsync(World.FirstDevice, World.Alice, "FLAGGED", "Mutt")).Count == 4, $"neomutt, code {told.Code}, showed: {told.Text}");
        Assert.Equal(2, (await Post.SearchAsync(World.FirstDevice, World.Alice, "ALL", "Mutt2")).Count);
    }

    [Fact]
    public async Task Getmail_Pulls()
    {
        Tool.Need("getmail");
        await FillAsync("Get", 3);
        var folder = World.Scratch("getmail");
        foreach (var part in new[] { "", "mail", "mail/new", "mail/cur", "mail/tmp" })
        {
            Directory.CreateDirectory(Path.Combine(folder, part));
        }

        await File.WriteAllTextAsync(Path.Combine(folder, "rc"), $"""
            [retriever]
            type = SimpleIMAPRetriever
            server = {World.FirstDevice.Imap.Host}
            port = {World.FirstDevice.Imap.Port}
            username = {World.Alice.Address}
            password = {World.Alice.Token}
            mailboxes = ("Get",)
            [destination]
            type = Maildir
            path = {folder}/mail/
            user = {(Environment.IsPrivilegedProcess ? "nobody" : Environment.UserName)}
            [options]
            read_all = true
            delete = false

            """, Utf8);

        // It refuses to work as root, so somebody else runs it there.
        await RunAsAnybodyAsync(folder, "getmail", ["--getmaildir", folder, "--rcfile", "rc"]);
        Assert.Equal(3, Messages(Path.Combine(folder, "mail")).Count);
    }

    [Fact]
    public async Task Fetchmail_HandsOver()
    {
        Tool.Need("fetchmail");
        await FillAsync("Fetch", 3);
        var folder = World.Scratch("fetchmail");
        var settings = Path.Combine(folder, "rc");
        await File.WriteAllTextAsync(settings, $"""
            poll {World.FirstDevice.Imap.Host} port {World.FirstDevice.Imap.Port} protocol imap auth password
              user "{World.Alice.Address}" password "{World.Alice.Token}" folder "Fetch" sslproto "" keep fetchall
              mda "/bin/sh -c 'cat >> {folder}/mbox'"

            """, Utf8);
        File.SetUnixFileMode(settings, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        (await Tool.RunAsync("fetchmail", ["-f", settings, "--pidfile", Path.Combine(folder, "pid"), "--idfile", Path.Combine(folder, "ids"), "--nosyslog"], environment: new Dictionary<string, string> { ["HOME"] = folder, ["FETCHMAILHOME"] = folder })).Succeeded();
        var text = await File.ReadAllTextAsync(Path.Combine(folder, "mbox"));
        Assert.All(Enumerable.Range(0, 3), i => Assert.Contains($"Subject: Fetch {i}", text, StringComparison.Ordinal));
        Assert.Contains("über alles", text, StringComparison.Ordinal);
    }

    private static async Task RunAsAnybodyAsync(string folder, string program, string[] arguments)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            (await Tool.RunAsync(program, arguments)).Succeeded();
            return;
        }

        var above = Path.GetDirectoryName(folder)!;
        File.SetUnixFileMode(above, File.GetUnixFileMode(above) | UnixFileMode.OtherExecute);
        (await Tool.RunAsync("chown", ["-R", "nobody", folder])).Succeeded();
        (await Tool.RunAsync("runuser", ["-u", "nobody", "--", program, .. arguments], environment: new Dictionary<string, string> { ["HOME"] = folder })).Succeeded();
    }

    /// <summary>A mailbox of Alice's with some messages in it.</summary>
    private async Task FillAsync(string mailbox, int count)
    {
        using var client = new MailKit.Net.Imap.ImapClient();
        await client.ConnectAsync(World.FirstDevice.Imap.Host, World.FirstDevice.Imap.Port, MailKit.Security.SecureSocketOptions.None);
        await client.AuthenticateAsync(World.Alice.Address, World.TokenOn(World.FirstDevice, World.Alice));
        var folder = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync(mailbox, isMessageFolder: true);
        for (var i = 0; i < count; i++)
        {
            var letter = Post.Write(World.Alice.Address, World.Alice.Address, $"{mailbox} {i}", "über alles\r\n", "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n");
            using var stream = new MemoryStream(letter.Octets);
            await folder!.AppendAsync(new MailKit.AppendRequest(await MimeKit.MimeMessage.LoadAsync(stream)));
        }

        await client.DisconnectAsync(true);
    }

    private async Task<string> StateAsync(string mailbox)
        => (await Post.CurlAsync(World.FirstDevice, World.Alice, "/", $"STATUS {mailbox} (MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)")).Succeeded().Text;

    private static List<string> Messages(string maildir)
        => [.. Directory.EnumerateFiles(Path.Combine(maildir, "new")).Concat(Directory.EnumerateFiles(Path.Combine(maildir, "cur"))).Order(StringComparer.Ordinal)];

    private static string NameOf(string file) => Path.GetFileName(file).Split(":2,")[0];

    private static List<string> Snapshot(string folder)
        => [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];
}
