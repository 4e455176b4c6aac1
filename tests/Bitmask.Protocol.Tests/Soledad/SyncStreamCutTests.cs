using System.Text;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Protocol.Tests.Soledad;

public sealed class SyncStreamCutTests
{
    private const string Whole =
        "[\r\n{\"new_generation\": 1, \"new_transaction_id\": \"T-1\"},\r\n{\"id\": \"a\", \"rev\": \"r:1\", \"gen\": 1, \"trans_id\": \"T-1\"},\r\n{\"raw\": \"x\"}\r\n]";

    [Fact]
    public async Task ReadEntry_StreamCutAnywhere_NeverGivesACutDocument()
    {
        for (var length = 0; length < Whole.Length; length++)
        {
            var contents = new List<string?>();
            await Assert.ThrowsAsync<SoledadProtocolException>(async () =>
            {
                var reader = new SyncStreamReader(new MemoryStream(Encoding.ASCII.GetBytes(Whole[..length])));
                await reader.ReadNewGenerationAsync();
                while (await reader.ReadEntryAsync() is { } entry)
                {
                    contents.Add(entry.Content);
                }
            });
            Assert.All(contents, content => Assert.Equal("{\"raw\": \"x\"}", content));
        }
    }
}
