using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>
/// The highest number of a write that this program may have sent since it began. A document can be newer than the change it is sent for, so that the provider may have seen
/// more than it acknowledged.
/// </summary>
internal sealed class OfferedNumbers
{
    private (DeviceId Device, ulong Seq) _highest;

    public ulong Highest(DeviceId device) => _highest.Device == device ? _highest.Seq : 0;

    public void Note(DeviceId device, ulong seq) => _highest = (device, Math.Max(seq, Highest(device)));
}
