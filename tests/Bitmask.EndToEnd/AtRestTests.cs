using System.Security.Cryptography;
using System.Text;

namespace Bitmask.EndToEnd;

public sealed class AtRestTests(SmallWorld world) : IClassFixture<SmallWorld>
{
    /// <summary>Words from subject, body and a large attachment must be nowhere on disk: not at the providers, not in the homes, not in temp folders, not in logs.</summary>
    [Fact]
    public async Task MarkerWords_AreNowhereOnDisk()
    {
        Tool.Need("swaks");
        var (subject, body, attached) = (Marker("subject"), Marker("body"), Marker("attachment"));
        var data = new byte[1024 * 1024];
        RandomNumberGenerator.Fill(data);
        Encoding.ASCII.GetBytes(attached).CopyTo(data.AsSpan(512 * 1024));
        var letter = Post.WriteWithAttachment(world.Alice.Address, world.Bob.Address, subject, body, data);
        var inBase64 = Encoding.ASCII.GetString(letter.Body).Split("\r\n")[^3]; // a whole line of the attachment as it travels
        (await Post.SubmitAsync(world, world.FirstDevice, world.Alice, [world.Bob.Address], letter)).Succeeded();
        var outside = Post.Write("carol@outside.example", world.Bob.Address, subject, body + "\r\n");
        (await Post.DeliverAsync(world, world.Blue, "carol@outside.example", world.Bob.Address, outside)).Succeeded();
        await Post.ReadAsync(world.FirstDevice, world.Bob, letter.MessageId);
        await Post.ReadAsync(world.FirstDevice, world.Bob, outside.MessageId);
        Directory.Delete(world.Scratch("letters"), recursive: true); // our own copies

        var hits = Search([world.Folder, "/tmp", "/var/tmp", "/dev/shm"], [subject, body, attached, inBase64, letter.MessageId]);

        Assert.Empty(hits);
    }

    [Fact]
    public void FilesOfAHome_AreForTheirOwnerOnly()
    {
        var open = Directory.EnumerateFileSystemEntries(world.FirstDevice.Home, "*", SearchOption.AllDirectories)
            .Where(path => !path.EndsWith("bitmaskd.json", StringComparison.Ordinal)) // written by the sandbox, no secret in it
            .Where(path => (File.GetUnixFileMode(path) & (UnixFileMode)0b000_111_111) != 0 && !path.EndsWith(".sock", StringComparison.Ordinal));

        Assert.Empty(open);
    }

    private static string Marker(string kind) => $"marker-{kind}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(10))}";

    private static List<string> Search(IEnumerable<string> folders, IReadOnlyList<string> words)
    {
        var needles = words.Select(word => Encoding.UTF8.GetBytes(word)).ToList();
        var hits = new List<string>();
        foreach (var path in folders.Where(Directory.Exists).SelectMany(folder => Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint })))
        {
            byte[] content;
            try
            {
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                if (file.Length > 512 * 1024 * 1024)
                {
                    continue;
                }

                content = new byte[file.Length];
                file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            }
            catch (IOException)
            {
                continue; // gone meanwhile, or a socket
            }

            hits.AddRange(needles.Where(needle => content.AsSpan().IndexOf(needle) >= 0).Select(needle => $"{Encoding.UTF8.GetString(needle)} in {path}"));
        }

        return hits;
    }
}
