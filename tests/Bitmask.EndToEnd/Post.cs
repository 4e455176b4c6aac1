using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>Writes mails, sends them with swaks, reads them with curl.</summary>
internal static class Post
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>A mail as octets, with a Message-ID of its own.</summary>
    public static Letter Write(string from, string to, string subject, string body, string extraHeaders = "")
    {
        var id = $"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}@{from[(from.IndexOf('@') + 1)..]}";
        var text = $"From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{id}>\r\n{extraHeaders}\r\n{body}";
        return new Letter(id, Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(body));
    }

    /// <summary>A mail with a text and an attachment.</summary>
    public static Letter WriteWithAttachment(string from, string to, string subject, string text, byte[] attachment)
    {
        var body = new StringBuilder($"--cut\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--cut\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"data.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\n");
        foreach (var line in Convert.ToBase64String(attachment).Chunk(76))
        {
            body.Append(line).Append("\r\n");
        }

        return Write(from, to, subject, body.Append("--cut--\r\n").ToString(), "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=cut\r\n");
    }

    /// <summary>Sends through an account's own SMTP door.</summary>
    public static Task<Finished> SubmitAsync(World world, SandboxDaemon device, SandboxAccount sender, IReadOnlyList<string> to, Letter letter)
        => SwaksAsync(world, letter, [
            "--server", $"{device.Smtp.Host}:{device.Smtp.Port}", "--auth", "PLAIN", "--auth-user", sender.Address, "--auth-password", World.TokenOn(device, sender),
            "--from", sender.Address, "--to", string.Join(',', to), "--pipeline"]);

    /// <summary>Sends from outside to a domain's mail exchanger.</summary>
    public static Task<Finished> DeliverAsync(World world, SandboxProvider provider, string from, string to, Letter letter)
        => SwaksAsync(world, letter, ["--server", $"{provider.Mx.Host}:{provider.Mx.Port}", "--from", from, "--to", to, "--helo", "outside.example"]);

    /// <summary>Waits until the mail is in the mailbox and answers its octets as IMAP gives them.</summary>
    public static async Task<byte[]> ReadAsync(SandboxDaemon device, SandboxAccount account, string messageId, string mailbox = "INBOX")
    {
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Patience)
        {
            if ((await SearchAsync(device, account, $"HEADER Message-ID {messageId}", mailbox)) is [var uid, ..])
            {
                return (await CurlAsync(device, account, $"/{mailbox};UID={uid}")).Succeeded().Output;
            }

            await Task.Delay(150);
        }

        throw new TimeoutException($"The mail {messageId} is not in {mailbox} after {Patience}.");
    }

    /// <summary>UIDs that match.</summary>
    public static async Task<IReadOnlyList<uint>> SearchAsync(SandboxDaemon device, SandboxAccount account, string criteria, string mailbox = "INBOX")
    {
        var answer = (await CurlAsync(device, account, $"/{mailbox}", $"UID SEARCH {criteria}")).Succeeded().Text;
        const string Prefix = "* SEARCH";
        var line = answer.Split("\r\n").First(line => line.StartsWith(Prefix, StringComparison.Ordinal)); // others may tell of new mail
        return [.. line[Prefix.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => uint.Parse(word, CultureInfo.InvariantCulture))];
    }

    public static Task<Finished> CurlAsync(SandboxDaemon device, SandboxAccount account, string path, string? request = null)
        => Tool.RunAsync("curl", [
            "-sS", "--max-time", "60", $"imap://{device.Imap.Host}:{device.Imap.Port}{path}", "-u", $"{account.Address}:{World.TokenOn(device, account)}",
            .. request is null ? Array.Empty<string>() : ["-X", request]]);

    /// <summary>What follows the header of a message.</summary>
    public static byte[] BodyOf(byte[] message)
    {
        var end = message.AsSpan().IndexOf("\r\n\r\n"u8);
        return end < 0 ? [] : message[(end + 4)..];
    }

    private static async Task<Finished> SwaksAsync(World world, Letter letter, string[] arguments)
    {
        var path = Path.Combine(world.Scratch("letters"), letter.MessageId + ".eml");
        await File.WriteAllBytesAsync(path, letter.Octets.AsMemory(..^2)); // swaks ends the last line itself
        return await Tool.RunAsync("swaks", [.. arguments, "--data", "@" + path, "--hide-all", "--timeout", "60"]);
    }
}

/// <summary>A mail to send.</summary>
internal sealed record Letter(string MessageId, byte[] Octets, byte[] Body);
