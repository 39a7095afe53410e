	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n.0(%rip), %eax
	addl	$1, %eax
	movl	%eax, n.0(%rip)
	ret
	.size	f, .-f
f.Lfe:
	.local	n.0
	.comm	n.0,4,4
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f.part.0 -----
	.p2align 4
	.type	f.part.0.kpatch, @function
f.part.0.kpatch:
	movl	n.0(%rip), %eax
	addl	$1, %eax
	movl	%eax, n.0(%rip)
	ret
	.size	f.part.0.kpatch, .-f.part.0.kpatch
f.part.0.kpatch_end:
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	testl	%edi, %edi
	je	f.part.0.kpatch
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f.part.0"
.Lkpatch_name1:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	0
	.quad	0
	.quad	f.part.0.kpatch
	.quad	f.part.0.kpatch_end-f.part.0.kpatch
	.quad	.Lkpatch_name0
	.quad	1
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name1
	.quad	0
	.popsection
#----- kpatch end -----
