using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.Store;

/// <summary>The store fails at every commit in turn: what was answered with 250 is there, once; what was not is tried again by its sender.</summary>
public sealed class CrashTests
{
    private const string Outside = "someone@outside.test";

    [Fact]
    public async Task CommitThatFails_AtAnyPoint_LosesAndDoublesNoMail()
    {
        var failing = new FailingCommits();
        await using var provider = await TestProvider.StartAsync(database: new DatabaseOptions { OnCommitting = failing.Check });
        using var bob = await Person.SealedAsync(provider, "bob", withKey: true);
        using var alice = await Person.SealedAsync(provider, "alice", withKey: true);
        await alice.RequestCertificateAsync();
        var arrived = 0;
        for (var k = 1; k <= 6; k++)
        {
            // Each mail is sent as its sender would: again and again until somebody says 250.
            failing.FailAfter(k);
            var fromOutside = Post.Mail(Outside, bob.Address, id: $"<{k}@outside.test>");
            await UntilAcceptedAsync(async () => (await Post.ToExchangerAsync(provider, Outside, [bob.Address], fromOutside))[0].Code);
            var fromAlice = Post.Mail(alice.Address, bob.Address, id: $"<{k}@red.test>");
            await UntilAcceptedAsync(async () => (await Post.SubmitAsync(alice, bob.Address, fromAlice, $"outbox-{k}"))[0].Code);
            arrived += 2;
            Assert.Equal(arrived, provider.Store.ListIncoming(bob.Id, 0, 100).Count);
        }

        Assert.True(failing.Failures >= 2, "The seam did not fail.");
        Assert.Empty(provider.Store.CheckIntegrity());
    }

    private static async Task UntilAcceptedAsync(Func<Task<int>> send)
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var code = await send();
            if (code == 250)
            {
                return;
            }

            Assert.Equal(451, code);
        }

        Assert.Fail("Never accepted.");
    }

    private sealed class FailingCommits
    {
        private int _left = int.MaxValue;

        public int Failures { get; private set; }

        public void FailAfter(int commits) => Interlocked.Exchange(ref _left, commits);

        public void Check(long commit)
        {
            if (Interlocked.Decrement(ref _left) == 0)
            {
                Failures++;
                throw new IOException("The test pulled the plug at commit " + commit);
            }
        }
    }
}
