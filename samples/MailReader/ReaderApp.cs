using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Mail;
using Bitmask.Primitives;

namespace MailReader;

/// <summary>A mail program in one file: everything it does, it does through <see cref="MailAccount"/>.</summary>
public static class ReaderApp
{
    private const string Usage =
        """
        MailReader FOLDER init              make an account with a few mails to play with
        MailReader FOLDER boxes             mailboxes with their counts
        MailReader FOLDER list [MAILBOX]    messages of a mailbox (INBOX)
        MailReader FOLDER show ID           one message: who, what, its parts, its text
        MailReader FOLDER thread ID         the conversation of a message
        MailReader FOLDER search TEXT       messages that hold a text
        MailReader FOLDER tag ID TAG        tag a message
        MailReader FOLDER tagged TAG        messages with a tag
        MailReader FOLDER since NUMBER      what happened after change NUMBER
        """;

    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        if (args is not [var folder, var command, .. var rest])
        {
            await output.WriteLineAsync(Usage);
            return 2;
        }

        try
        {
            using var account = Open(folder, isNew: command == "init");
            return await RunAsync(account, command, rest, output);
        }
        catch (Exception refused) when (refused is MailException or IOException or FormatException)
        {
            await output.WriteLineAsync(refused.Message);
            return 1;
        }
    }

    private static async Task<int> RunAsync(MailAccount account, string command, string[] rest, TextWriter output)
    {
        switch (command, rest)
        {
            case ("init", []):
                await FillAsync(account);
                break;
            case ("boxes", []):
                foreach (var mailbox in account.Mailboxes())
                {
                    var status = account.Status(mailbox.Id);
                    await output.WriteLineAsync($"{mailbox.Name}{(mailbox.SpecialUse is { } use ? $" ({use})" : "")}: {status.Messages} messages, {status.Unseen} unread");
                }

                break;
            case ("list", _):
                var box = account.Find(rest is [var name] ? name : Mailbox.Inbox) ?? throw new FormatException("There is no such mailbox.");
                await ListAsync(account, account.Open(box.Id).Entries, output);
                break;
            case ("show", [var id]):
                await ShowAsync(account, EntryId.Parse(id), output);
                break;
            case ("thread", [var id]):
                await ListAsync(account, account.Thread(account.ThreadOf(EntryId.Parse(id))).Select(place => place.Entry), output);
                break;
            case ("search", [var text]):
                await ListAsync(account, account.Search(new SearchCondition.Holds(new TextCondition(TextScope.Message, text)), limit: 100).Select(hit => hit.Entry), output);
                break;
            case ("tag", [var id, var tag]):
                await account.ChangeTagsAsync([EntryId.Parse(id)], FlagChange.Add, [tag]);
                break;
            case ("tagged", [var tag]):
                await ListAsync(account, account.Search(new SearchCondition.Tagged(tag)).Select(hit => hit.Entry), output);
                break;
            case ("since", [var number]):
                foreach (var change in account.Changes.Since(long.Parse(number, CultureInfo.InvariantCulture)))
                {
                    await output.WriteLineAsync($"{change.Sequence} {change.Kind} {change.Entry}");
                }

                break;
            default:
                await output.WriteLineAsync(Usage);
                return 2;
        }

        return 0;
    }

    private static async Task ListAsync(MailAccount account, IEnumerable<MessageEntry> entries, TextWriter output)
    {
        foreach (var entry in entries)
        {
            var envelope = account.Envelope(entry.Id);
            var sender = envelope.From is [var first, ..] ? first.DecodedName ?? first.Address : "";
            await output.WriteLineAsync($"{entry.Id} {(entry.Has(MessageFlags.Seen) ? " " : "*")} {sender}: {envelope.DecodedSubject}");
        }
    }

    private static async Task ShowAsync(MailAccount account, EntryId id, TextWriter output)
    {
        var envelope = account.Envelope(id);
        await output.WriteLineAsync($"From:    {string.Join(", ", envelope.From.Select(address => $"{address.DecodedName} <{address.Address}>"))}");
        await output.WriteLineAsync($"Subject: {envelope.DecodedSubject}");
        foreach (var tag in account.Tags(id))
        {
            await output.WriteLineAsync($"Tag:     {tag}");
        }

        foreach (var part in Parts(account.Structure(id)))
        {
            var octets = await account.ReadPartAsync(id, part);
            await output.WriteLineAsync($"Part:    {part.Type}/{part.Subtype}, {octets.Length} octets{(part.FileName is { } name ? ", " + name : "")}");
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync((await account.ReadTextAsync(id)).TrimEnd());
        if (account.Find(id) is var (mailbox, entry))
        {
            await account.ChangeFlagsAsync(mailbox, [entry.Uid], FlagChange.Add, [MessageFlags.Seen]);
        }
    }

    private static IEnumerable<MimePartInfo> Parts(MimePartInfo part) => part.IsMultipart ? part.Parts.SelectMany(Parts) : [part];

    private static MailAccount Open(string folder, bool isNew)
    {
        // 32 octets for the file, 32 for the ids. A program with users keeps such keys under a passphrase.
        var path = Path.Combine(folder, "key");
        if (isNew)
        {
            using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            using var made = SecretBytes.Random(64);
            file.Write(made.Span);
        }

        var octets = File.ReadAllBytes(path);
        using var databaseKey = new SecretBytes(octets.AsSpan(0, 32));
        using var digestKey = new SecretBytes(octets.AsSpan(32));
        CryptographicOperations.ZeroMemory(octets);
        return MailAccount.OpenFile(Path.Combine(folder, "mail.db"), databaseKey, new MailAccountOptions { Address = EmailAddress.Parse("alice@red.test"), DigestKey = digestKey });
    }

    private static async Task FillAsync(MailAccount account)
    {
        await account.CreateStandardMailboxesAsync();
        var inbox = account.Find(Mailbox.Inbox)!.Id;
        string[] mails =
        [
            "From: =?utf-8?q?J=C3=BCrgen?= <j@blue.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <1@blue.test>\r\nDate: Mon, 2 Mar 2026 09:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nBis morgen in Köln.\r\n",
            "From: Bob <bob@blue.test>\r\nSubject: Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <2@blue.test>\r\nDate: Mon, 2 Mar 2026 10:00:00 +0100\r\nReferences: <1@blue.test>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
                + "--x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>See <b>you</b> there &amp; then.</p>\r\n--x\r\nContent-Type: application/pdf; name=\"map.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--x--\r\n",
            "From: li@blue.test\r\nSubject: 会议\r\nMessage-ID: <3@blue.test>\r\nDate: Mon, 2 Mar 2026 11:00:00 +0800\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n明天下午三点开会。\r\n",
        ];
        await account.AppendManyAsync(inbox, [.. mails.Select(mail => new MessageToAppend(Encoding.UTF8.GetBytes(mail), [], null))]);
        await account.Index.CatchUpAsync();
    }
}
