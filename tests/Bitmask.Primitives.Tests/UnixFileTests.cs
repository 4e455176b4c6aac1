namespace Bitmask.Primitives.Tests;

public sealed class UnixFileTests
{
    [Fact]
    public void OwnerOf_OwnFolder_IsThisUser()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            Assert.Equal(UnixProcess.EffectiveUserId, UnixFile.OwnerOf(folder.FullName));
            Assert.Null(UnixFile.OwnerOf(Path.Combine(folder.FullName, "missing")));
            Assert.Equal(0u, UnixFile.OwnerOf("/proc/1"));
        }
        finally
        {
            folder.Delete();
        }
    }
}
