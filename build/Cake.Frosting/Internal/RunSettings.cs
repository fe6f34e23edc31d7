using System.ComponentModel;
using Cake.Cli;
using Cake.Core.Diagnostics;
using Cake.Core.IO;
using Spectre.Console.Cli;

namespace Cake.Frosting.Internal;

/// <summary>The switches of every Frosting build. What is not listed here is left to the build as an argument of its own.</summary>
internal sealed class RunSettings : CommandSettings
{
    [CommandOption("--target|-t|--Target <TARGET>"), DefaultValue("Default")]
    [Description("The task to run, with all it depends on; may be repeated")]
    public string[] Targets { get; set; } = [];

    [CommandOption("--working|-w <PATH>"), TypeConverter(typeof(Cli.DirectoryPathConverter))]
    [Description("The directory to run in")]
    public DirectoryPath? WorkingDirectory { get; set; }

    [CommandOption("--verbosity|-v <VERBOSITY>"), TypeConverter(typeof(VerbosityConverter))]
    [Description("How much is written: Quiet, Minimal, Normal, Verbose or Diagnostic")]
    public Verbosity? Verbosity { get; set; }

    [CommandOption("--description|--descriptions|--showdescription|--showdescriptions")]
    [Description("List the tasks and what they do")]
    public bool Description { get; set; }

    [CommandOption("--tree|--showtree"), Description("Show which task depends on which")]
    public bool Tree { get; set; }

    [CommandOption("--dryrun|--noop|--whatif"), Description("Say what would run, in order, and run nothing")]
    public bool DryRun { get; set; }

    [CommandOption("--exclusive|-e"), Description("Run the target without what it depends on")]
    public bool Exclusive { get; set; }

    [CommandOption("--no-report"), Description("Leave out the table of tasks and times at the end")]
    public bool NoReport { get; set; }

    [CommandOption("--version|--ver"), Description("Show the version of Cake")]
    public bool Version { get; set; }

    [CommandOption("--info"), Description("Show the version of Cake and where it comes from")]
    public bool Info { get; set; }
}
