using System.Security.Cryptography;
using MailKit.Net.Imap;
using MailKit.Net.Smtp;
using MailKit.Search;
using MailKit.Security;
using MimeKit;

namespace Bitmask.Sandbox;

/// <summary>One mail from one account's SMTP door to the other's IMAP door, as a mail program would send and read it.</summary>
internal static class RealMail
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>Sends, waits until it is there, and checks that the text is what was sent.</summary>
    /// <returns>How long it took from the sender's 250 to the reader's mailbox.</returns>
    public static async Task<TimeSpan> SendAndWaitAsync(SandboxDaemon from, SandboxAccount sender, SandboxDaemon to, SandboxAccount recipient, TimeProvider clock)
    {
        var text = $"Hello {recipient.Address},\r\n\r\nthis went through two providers that could not read it.\r\nMark: {Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}\r\n";
        var mail = new MimeMessage { Subject = "One real mail, all the way", Body = new TextPart("plain") { Text = text } };
        mail.From.Add(MailboxAddress.Parse(sender.Address));
        mail.To.Add(MailboxAddress.Parse(recipient.Address));

        using (var smtp = new SmtpClient())
        {
            await smtp.ConnectAsync(from.Smtp.Host, from.Smtp.Port, SecureSocketOptions.None);
            await smtp.AuthenticateAsync(sender.Address, sender.Token);
            await smtp.SendAsync(mail);
            await smtp.DisconnectAsync(quit: true);
        }

        var start = clock.GetTimestamp();
        using var imap = new ImapClient();
        await imap.ConnectAsync(to.Imap.Host, to.Imap.Port, SecureSocketOptions.None);
        await imap.AuthenticateAsync(recipient.Address, recipient.Token);
        await imap.Inbox!.OpenAsync(MailKit.FolderAccess.ReadOnly);
        while (clock.GetElapsedTime(start) < Patience)
        {
            var found = await imap.Inbox.SearchAsync(SearchQuery.HeaderContains("Message-ID", mail.MessageId!));
            if (found.Count > 0)
            {
                var took = clock.GetElapsedTime(start);
                var arrived = await imap.Inbox.GetMessageAsync(found[0]);
                await imap.DisconnectAsync(quit: true);
                return arrived.TextBody?.ReplaceLineEndings("\r\n").TrimEnd() == text.TrimEnd()
                    ? took
                    : throw new InvalidOperationException("The mail arrived, but its text is not what was sent.");
            }

            await Task.Delay(100);
            await imap.NoOpAsync();
        }

        throw new InvalidOperationException($"The mail did not arrive within {Patience.TotalSeconds:0} s; see {from.Log} and {to.Log}.");
    }
}
