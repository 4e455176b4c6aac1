using Bitmask.Testing;

namespace Bitmask.Mail.Tests;

/// <summary>A hundred thousand damaged messages, the same ones every time: each is taken for a message, and comes back octet for octet.</summary>
public class MutatedMessageTests
{
    private const int Rounds = 25_000;

    private static readonly byte[][] Seeds = [.. OddMessages.Names.Select(OddMessages.Get).Where(static octets => octets.Length is > 8 and < 1500)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Message_WithDamage_IsReadAndKeptAsItIs(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            var message = Mutate(random);
            var root = StructureReader.Read(message);
            Inside(root, 0, message.Length);
            if (round % 10 == 0)
            {
                var split = MessageSplitter.Split(message);
                var parts = split.Documents(new HeadId(1)).ToDictionary(static document => document.Id, static document => document.Json);
                var head = MailJson.TryRead(parts["H-" + new HeadId(1)], MailJson.Head)!;
                Assert.True(MessageJoiner.Join(head, id => MailJson.TryRead(parts.GetValueOrDefault(id), MailJson.Part), out _).AsSpan().SequenceEqual(message), $"seed {seed}, round {round}");
            }
        }
    }

    private static void Inside(MimePartInfo part, long start, long end)
    {
        Assert.True(start <= part.Offset && part.Offset <= part.BodyOffset && part.BodyOffset <= part.End && part.End <= end);
        foreach (var child in part.Message is { } inner ? [inner] : part.Parts)
        {
            Inside(child, part.BodyOffset, part.End);
        }
    }

    private static byte[] Mutate(Random random)
    {
        var octets = new List<byte>(Seeds[random.Next(Seeds.Length)]);
        for (var n = random.Next(1, 8); n > 0 && octets.Count > 4; n--)
        {
            var (at, length) = (random.Next(octets.Count - 3), random.Next(1, 4));
            switch (random.Next(5))
            {
                case 0:
                    octets.RemoveRange(at, Math.Min(octets.Count - at, random.Next(1, 60)));
                    break;
                case 1:
                    octets.InsertRange(at, octets.GetRange(at, length));
                    break;
                case 2:
                    octets[at] = (byte)random.Next(256);
                    break;
                case 3:
                    octets.InsertRange(at, "\r\n--=\"; boundary=:x"u8.ToArray().Skip(random.Next(10)).Take(length));
                    break;
                default:
                    var other = Seeds[random.Next(Seeds.Length)];
                    octets.InsertRange(at, other.Skip(random.Next(other.Length)).Take(random.Next(80)));
                    break;
            }
        }

        return [.. octets];
    }
}
