	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	%edi, %eax
	ret
	.size	f, .-f
f.Lfe:
	.globl	g
	.type	g, @function
g:
	leal	1(%rdi), %eax
	ret
	.size	g, .-g
g.Lfe:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: helper -----
	.p2align 4
	.type	helper.kpatch, @function
helper.kpatch:
	imull	%edi, %edi
	movl	%edi, %eax
	ret
	.size	helper.kpatch, .-helper.kpatch
helper.kpatch_end:
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	call	helper.kpatch
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
#----- kpatch: g -----
	.p2align 4
	.globl	g.kpatch
	.hidden	g.kpatch
	.type	g.kpatch, @function
g.kpatch:
	call	helper.kpatch
	addl	$1, %eax
	ret
	.size	g.kpatch, .-g.kpatch
g.kpatch_end:
#----- kpatch: added -----
	.p2align 4
	.globl	added.kpatch
	.hidden	added.kpatch
	.type	added.kpatch, @function
added.kpatch:
	movl	$5, %eax
	ret
	.size	added.kpatch, .-added.kpatch
added.kpatch_end:
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"helper"
.Lkpatch_name1:
	.string	"f"
.Lkpatch_name2:
	.string	"g"
.Lkpatch_name3:
	.string	"added"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	0
	.quad	0
	.quad	helper.kpatch
	.quad	helper.kpatch_end-helper.kpatch
	.quad	.Lkpatch_name0
	.quad	1
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name1
	.quad	0
	.quad	g
	.quad	g.Lfe-g
	.quad	g.kpatch
	.quad	g.kpatch_end-g.kpatch
	.quad	.Lkpatch_name2
	.quad	0
	.quad	0
	.quad	0
	.quad	added.kpatch
	.quad	added.kpatch_end-added.kpatch
	.quad	.Lkpatch_name3
	.quad	1
	.popsection
#----- kpatch end -----
