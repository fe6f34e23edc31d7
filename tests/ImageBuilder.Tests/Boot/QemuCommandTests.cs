using ImageBuilder.Engines.Local;

namespace ImageBuilder.Tests.Boot;

public sealed class QemuCommandTests
{
    private static readonly MachinePlan s_machine = new("/run/disk.raw", "/run/console.log", "/run/agent");

    [Fact]
    public void The_whole_command_of_an_emulated_BIOS_machine() => Assert.Equal(
        "qemu-system-x86_64 -nodefaults -no-user-config -display none -machine q35 -accel tcg -cpu qemu64 -smp 1 -m 1024"
        + " -drive if=none,id=disk,format=raw,cache=unsafe,file=/run/disk.raw -device virtio-blk-pci,drive=disk"
        + " -netdev user,id=net,restrict=on -device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci"
        + " -serial file:/run/console.log -chardev socket,id=agent,server=on,wait=off,path=/run/agent -serial chardev:agent",
        QemuCommand.Of(s_machine).ToString());

    [Fact]
    public void UEFI_gets_its_code_read_only_and_its_variables_to_write_to()
    {
        var arguments = QemuCommand.Of(s_machine with { Uefi = ("/ovmf/code.fd", "/run/variables.fd") }).Arguments;
        Assert.Contains("if=pflash,unit=0,format=raw,readonly=on,file=/ovmf/code.fd", arguments);
        Assert.Contains("if=pflash,unit=1,format=raw,file=/run/variables.fd", arguments);
        Assert.DoesNotContain("pflash", QemuCommand.Of(s_machine).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_box_is_a_second_disk_that_the_machine_finds_by_its_serial()
    {
        var arguments = QemuCommand.Of(s_machine with { Box = "/run/box.raw" }).Arguments;
        Assert.Contains("if=none,id=box,format=raw,readonly=on,file=/run/box.raw", arguments);
        Assert.Contains("virtio-blk-pci,drive=box,serial=imagebuilder", arguments);
        Assert.Contains("== imagebuilder ", AgentUnit.Script, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_the_processor_runs_machines_itself_it_does()
    {
        var command = QemuCommand.Of(s_machine with { Accelerated = true, MemoryMiB = 2048 }).ToString();
        Assert.Contains("-accel kvm -cpu host -smp 2 -m 2048", command, StringComparison.Ordinal);
        Assert.DoesNotContain("tcg", command, StringComparison.Ordinal);
    }

    // The log of the console is one: QEMU takes everything after `file:` as it is.
    [Fact]
    public void A_comma_in_a_path_does_not_end_it()
    {
        var arguments = QemuCommand.Of(new("/a,b/disk", "/a,b/console", "/a,b/agent") { Uefi = ("/c,d", "/e,f") }).Arguments;
        Assert.Contains(arguments, a => a.EndsWith(",file=/a,,b/disk", StringComparison.Ordinal));
        Assert.Contains(arguments, a => a.EndsWith(",path=/a,,b/agent", StringComparison.Ordinal));
        Assert.Contains(arguments, a => a.EndsWith(",file=/c,,d", StringComparison.Ordinal));
        Assert.Contains(arguments, a => a.EndsWith(",file=/e,,f", StringComparison.Ordinal));
        Assert.Contains("file:/a,b/console", arguments);
    }

    [Theory]
    [InlineData(2, 1, 1)]
    [InlineData(2, 2900, 1)]
    [InlineData(2, 3100, 2)]
    [InlineData(1, 64000, 2)]
    [InlineData(2, 64000, 2)]
    [InlineData(16, 64000, 16)]
    [InlineData(16, 6200, 4)]
    public void Machines_run_side_by_side_as_far_as_there_are_memory_and_processors_for_them(int processors, long mebibytes, int together) =>
        Assert.Equal(together, MachinePlaces.Count(processors, mebibytes << 20));
}
